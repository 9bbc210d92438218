//! The tests of an event's selectors by field, cheap fields first: the order of the kernel's filters.

use std::collections::{BTreeMap, BTreeSet};

use tracee_ebpf::abi::Selectors;
use tracee_lang::address::set::AddressSet;
use tracee_lang::context::{ContextField, ProcessField};
use tracee_lang::hir::Field;

use super::set_bit;
use crate::plan::{Check, EventPlan, FlagLiteral, Orders, Pattern, States};
use crate::ranges::Ranges;

/// A field in the order the kernel tests them, by what it costs to know and to test it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cost {
    /// Integers of the context that a helper call gives.
    Context,
    /// Integer arguments, and addresses: registers, or words of the process's memory.
    Int,
    /// A look-up in the process tree.
    Tree,
    /// The task name, at most 15 bytes.
    Comm,
    /// Integers of the context that take a walk through the task's structures.
    DearContext,
    /// What must be read from the process's memory: strings, lists, and what is known of them.
    Text,
}

/// What the selectors of an event ask of one field.
#[derive(Debug, Default)]
pub(super) struct FieldTests<'a> {
    pub(super) ints: Vec<(usize, &'a Ranges)>,
    pub(super) addresses: Vec<(usize, &'a AddressSet)>,
    pub(super) flags: BTreeMap<usize, Vec<&'a [FlagLiteral]>>,
    pub(super) text: Vec<(usize, bool, &'a [Pattern])>,
    pub(super) elements: Vec<(usize, bool, &'a [Pattern])>,
    /// By the other field.
    pub(super) orders: BTreeMap<Field, Vec<(usize, Orders)>>,
    pub(super) lengths: Vec<(usize, &'a Ranges)>,
    pub(super) states: Vec<(usize, Ranges)>,
    pub(super) tree: BTreeMap<usize, Vec<&'a [u32]>>,
}

/// The tests of all selectors by field, in the order the kernel should make them.
pub(super) fn by_field(planned: &EventPlan) -> BTreeMap<(Cost, Option<Field>), FieldTests<'_>> {
    let mut fields: BTreeMap<(Cost, Option<Field>), FieldTests<'_>> = BTreeMap::new();
    for (selector, planned) in planned.selectors.iter().enumerate() {
        let tests: BTreeSet<_> = planned.tests.iter().collect();
        for test in tests {
            let tests = fields
                .entry((cost(test.field, &test.check), test.field))
                .or_default();
            match &test.check {
                Check::Ints(ranges) => tests.ints.push((selector, ranges)),
                Check::Addresses(set) => tests.addresses.push((selector, set)),
                Check::Flags(any) => tests.flags.entry(selector).or_default().push(any),
                Check::Text { any, negated } => tests.text.push((selector, *negated, any)),
                Check::Elements { any, negated } => tests.elements.push((selector, *negated, any)),
                Check::Order { other, orders } => {
                    tests
                        .orders
                        .entry(*other)
                        .or_default()
                        .push((selector, *orders));
                }
                Check::Length(ranges) => tests.lengths.push((selector, ranges)),
                Check::State(states) => tests.states.push((selector, numbers(*states))),
                Check::Tree(pids) => tests.tree.entry(selector).or_default().push(pids),
            }
        }
    }
    fields
}

fn cost(field: Option<Field>, check: &Check) -> Cost {
    if let Check::Order { other, .. } = check {
        return cost_of(field, false).max(cost_of(Some(*other), false));
    }
    let is_text = matches!(
        check,
        Check::Text { .. } | Check::Elements { .. } | Check::Length(_) | Check::State(_)
    );
    cost_of(field, is_text)
}

fn cost_of(field: Option<Field>, is_text: bool) -> Cost {
    match field {
        None => Cost::Tree,
        Some(Field::Context(_)) if is_text => Cost::Comm,
        Some(Field::Context(context)) if is_dear(context) => Cost::DearContext,
        Some(Field::Context(_)) => Cost::Context,
        Some(Field::Slot(_)) if is_text => Cost::Text,
        Some(Field::Slot(_)) => Cost::Int,
    }
}

/// The numbers of states, as of `FIELD_STATE`.
fn numbers(states: States) -> Ranges {
    let numbers = [
        (states.absent, (0, 0)),
        (states.whole, (1, 2)),
        (states.cut, (3, 3)),
    ];
    Ranges::new(
        numbers
            .into_iter()
            .filter_map(|(on, range)| on.then_some(range)),
    )
}

/// Process ids in other namespaces, namespaces and start times.
fn is_dear(context: ContextField) -> bool {
    use ContextField as C;
    use ProcessField as P;
    matches!(
        context,
        C::Proc(P::Pid | P::StartTime) | C::Tid | C::Ppid | C::HostPpid | C::ThreadStartTime
    ) || matches!(
        context,
        C::MntNs | C::PidNs | C::UtsNs | C::NetNs | C::UserNs
    )
}

/// The selectors that have a test.
pub(super) fn selectors<T>(tests: &[(usize, T)]) -> Selectors {
    let mut selectors = Selectors::default();
    tests
        .iter()
        .for_each(|(selector, _)| set_bit(&mut selectors, *selector));
    selectors
}
