//! `any` and `all` → checks on a list, or on the process tree.
//!
//! The kernel walks a list once and knows, for each group of patterns, whether an element matched one
//! of them. So `any a in argv { … }` is exact where the body is one such group; of a conjunction it is
//! known that each part has an element, not that one element has all parts.

use tracee_lang::context::ProcessField;
use tracee_lang::hir::{CompareOp, Expr, ExprKind, Field, Iterated, Operand, TextOp};
use tracee_lang::pattern::LiteralTest;
use tracee_lang::types::Type;

use super::calls;
use super::lower::{Lowered, Lowering, MAX_ROOTS, patterns};
use crate::plan::{Check, Pattern, Pushdown};

/// What is known of the elements that a body holds for.
#[derive(Debug)]
struct Known {
    /// Patterns, of each group one.
    groups: Vec<Vec<Pattern>>,
    /// Whether the body says nothing else.
    exact: bool,
}

impl Lowering<'_> {
    /// `any x in over { body }` (`all` if so), or its negation.
    pub(super) fn quantifier(
        &self,
        all: bool,
        over: &Iterated,
        body: &Expr,
        negated: bool,
    ) -> Lowered {
        match over {
            Iterated::Ancestors => ancestors(all, body, negated),
            Iterated::List(field) => self.elements(*field, all, body, negated),
        }
    }

    /// That every element has the body is that none lacks it. Neither says anything of an absent list,
    /// which passes.
    fn elements(&self, field: Field, all: bool, body: &Expr, negated: bool) -> Lowered {
        let exists = all == negated;
        let known = match exists {
            true => necessary(body, all),
            false => sufficient(body, all),
        };
        let Some(Known { groups, exact }) = known else {
            let reason = match exists {
                true => "no literal is in every element that is asked for",
                false => "no literal tells elements for which it fails",
            };
            return Lowered::Userland(reason.into());
        };
        if groups.iter().any(Vec::is_empty) {
            // That no element can be so decides an `any`, whether the list is there or not.
            return match (exists, all) {
                (true, false) => Lowered::Constant(false),
                _ => Lowered::Userland("no element could make a difference".into()),
            };
        }
        let list = Operand::Field(field, Type::List(Type::String.into()));
        if let Err(reason) = self.kernel_field(&list, |ty, _| matches!(ty, Type::List(_))) {
            return Lowered::Userland(reason);
        }
        let check = |mut any: Vec<Pattern>| {
            any.sort();
            any.dedup();
            Check::Elements {
                any,
                negated: !exists,
            }
        };
        let (pushdown, reason) = match exact {
            true => (Pushdown::Exact, "the kernel walks the list"),
            false => (
                Pushdown::Inexact,
                "the kernel looks for elements with a part of this; userland evaluates it",
            ),
        };
        Lowered::Checks {
            field: Some(field),
            checks: groups.into_iter().map(check).collect(),
            pushdown,
            reason: reason.into(),
        }
    }
}

/// What an element has if the body holds for it (does not hold, if `negated`).
fn necessary(body: &Expr, negated: bool) -> Option<Known> {
    let (parts, any) = match &body.kind {
        ExprKind::Not(inner) => return necessary(inner, !negated),
        ExprKind::And(parts) => (parts, negated),
        ExprKind::Or(parts) => (parts, !negated),
        _ if negated => return None,
        ExprKind::Pattern { value, set } => {
            let known = set.literals();
            let mut groups = Vec::new();
            let mut exact = known.necessary_suffices && known.necessary.len() == 1;
            for group in &known.necessary {
                let of_group = on_element(value, patterns(group));
                exact &= of_group.as_ref().is_some_and(|(_, exact)| *exact);
                groups.extend(of_group.map(|(any, _)| any));
            }
            return (!groups.is_empty()).then_some(Known { groups, exact });
        }
        _ => {
            let (group, exact) = atom(body)?;
            let groups = vec![group];
            return Some(Known { groups, exact });
        }
    };
    let known = parts.iter().map(|part| necessary(part, negated));
    if any {
        // One group that has a group of every part.
        let mut all = Vec::new();
        let mut exact = true;
        for known in known {
            let Known {
                groups,
                exact: part,
            } = known?;
            exact &= part && groups.len() == 1;
            all.extend(groups.into_iter().next()?);
        }
        return Some(Known {
            groups: vec![all],
            exact,
        });
    }
    let mut known: Vec<Known> = known.flatten().collect();
    if parts.len() == 1 {
        return known.pop();
    }
    let groups: Vec<_> = known.into_iter().flat_map(|known| known.groups).collect();
    (!groups.is_empty()).then_some(Known {
        groups,
        exact: false,
    })
}

/// One group of patterns, each of which suffices for the body to hold (not to hold, if `negated`).
fn sufficient(body: &Expr, negated: bool) -> Option<Known> {
    let one = |(group, exact): (Vec<Pattern>, bool)| Known {
        groups: vec![group],
        exact,
    };
    match &body.kind {
        ExprKind::Not(inner) => sufficient(inner, !negated),
        ExprKind::And(parts) | ExprKind::Or(parts) => {
            if matches!(body.kind, ExprKind::And(_)) != negated && parts.len() > 1 {
                return None;
            }
            let mut group = Vec::new();
            let mut exact = true;
            for part in parts {
                match sufficient(part, negated) {
                    Some(known) => {
                        exact &= known.exact;
                        group.extend(known.groups.into_iter().flatten());
                    }
                    None => exact = false,
                }
            }
            (!group.is_empty()).then(|| one((group, exact)))
        }
        _ if negated => None,
        ExprKind::Pattern { value, set } => {
            let known = set.literals();
            let (group, exact) = on_element(value, patterns(&known.sufficient))?;
            (exact && !group.is_empty()).then(|| one((group, known.sufficient_is_necessary)))
        }
        // More than what suffices would drop too much.
        _ => atom(body).filter(|(_, exact)| *exact).map(one),
    }
}

/// The patterns of a test of the element, and whether it is nothing else.
fn atom(atom: &Expr) -> Option<(Vec<Pattern>, bool)> {
    match &atom.kind {
        ExprKind::Text {
            op,
            value,
            literals,
            fold,
        } => {
            let pattern = |literal: &_| LiteralTest {
                op: *op,
                literal: Clone::clone(literal),
                fold: *fold,
            };
            let tests: Vec<_> = literals.iter().map(pattern).collect();
            on_element(value, patterns(&tests))
        }
        ExprKind::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } => match (left, right) {
            (value, Operand::Text(literal)) | (Operand::Text(literal), value) => {
                let pattern = Pattern {
                    op: TextOp::Eq,
                    literal: literal.clone(),
                    fold: false,
                };
                on_element(value, vec![pattern])
            }
            _ => None,
        },
        _ => None,
    }
}

/// What the quantifier's element must match for `value`, which is made of it, to match any of these.
fn on_element(value: &Operand, any: Vec<Pattern>) -> Option<(Vec<Pattern>, bool)> {
    let (value, needs) = calls::through(value, any).ok()?;
    let exact = needs.exact && needs.none.is_empty();
    (*value == Operand::Element(0)).then_some((needs.any, exact))
}

/// `any p in proc.ancestors { p.host_pid == … }` is a mask test; what else is asked is userland's.
fn ancestors(all: bool, body: &Expr, negated: bool) -> Lowered {
    let refused = |reason: &'static str| Lowered::Userland(reason.into());
    let mut pids = Vec::new();
    if all || !collect_pids(body, &mut pids) {
        return refused("of ancestors the kernel knows only whether one has a given `host_pid`");
    }
    if negated {
        return refused("the kernel may remember ancestors that userland has forgotten");
    }
    pids.sort_unstable();
    pids.dedup();
    if pids.len() > MAX_ROOTS {
        return refused("it names more process trees than the kernel follows (63)");
    }
    Lowered::Checks {
        field: None,
        checks: vec![Check::Tree(pids)],
        pushdown: Pushdown::Inexact,
        reason: "the kernel follows the process tree; userland knows the ancestors".into(),
    }
}

/// Adds the host pids that satisfy `body`; false if it asks for anything else or for too many.
fn collect_pids(body: &Expr, pids: &mut Vec<u32>) -> bool {
    let host_pid = Operand::Ancestor(0, ProcessField::HostPid);
    let ranges: &[(i128, i128)] = match &body.kind {
        ExprKind::Or(parts) => return parts.iter().all(|part| collect_pids(part, pids)),
        ExprKind::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } => match (left, right) {
            (value, Operand::Int(pid)) | (Operand::Int(pid), value) if *value == host_pid => {
                &[(*pid, *pid)]
            }
            _ => return false,
        },
        ExprKind::InInts { value, ranges } if *value == host_pid => ranges,
        _ => return false,
    };
    for &(start, end) in ranges {
        for pid in start.max(0)..=end.min(i128::from(u32::MAX)) {
            let Ok(pid) = u32::try_from(pid) else {
                continue;
            };
            if pids.len() > MAX_ROOTS {
                return false;
            }
            pids.push(pid);
        }
    }
    true
}
