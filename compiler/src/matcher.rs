//! What userland checks: for every event functions that write which of its targets match.
//!
//! ```text
//! record ─┐ ┌ few targets ─────────────────────────────┐                              out: one bit per target
//! process ┴─┤                                          ├─ fn(record, process, out) ─→ of EventPlan::targets
//!           └ index: what it has of rules' literals ───┘  for all, or one candidate
//! ```
//!
//! [`Matchers::compile`] makes an [`index`] of the literals and numbers that rules ask for where looking those up is
//! faster than evaluating all conditions. Conditions are machine code made with Cranelift ([`jit`]), 64 together, on
//! another thread ([`background`]) once they were asked for so often that this pays ([`lazy`]); until there is code,
//! and if the host has no code generator (WebAssembly never has one) or [`Engine::Interpreter`] is asked for, the
//! reference interpreter evaluates them. All give the same answers. [`Matchers::run`] is the only way in: it checks
//! once that the record is sound, so that the code can read it through constant offsets.
//!
//! All `unsafe` of this crate is here: calling the code, the helpers it calls ([`helpers`]), and
//! reading a [`ProcessView`] ([`view`]).

#![expect(
    unsafe_code,
    reason = "machine code is called, and reads processes through pointers"
)]

mod background;
#[cfg(not(target_family = "wasm"))]
mod calls;
#[cfg(not(target_family = "wasm"))]
mod emit;
#[cfg(not(target_family = "wasm"))]
mod group;
#[cfg(not(target_family = "wasm"))]
mod helpers;
mod index;
#[cfg_attr(target_family = "wasm", path = "matcher/no_jit.rs")]
mod jit;
mod lazy;
#[cfg(not(target_family = "wasm"))]
mod load;
#[cfg(not(target_family = "wasm"))]
mod memo;
mod open;
#[cfg(not(target_family = "wasm"))]
mod quantifier;
mod scratch;
mod targets;
#[cfg(test)]
mod tests;
#[cfg(not(target_family = "wasm"))]
mod text;
mod view;

use std::ptr;
use std::sync::Arc;

use tracee_lang::hir::Expr;
use tracee_lang::interpreter;
use tracee_lang::schema::{Event, EventId, Schema};

use self::background::{Background, Place};
pub use self::index::IndexedField;
use self::index::{Index, Indexed};
use self::jit::Part;
use self::lazy::LazyPart;
use self::open::OpenTarget;
use self::targets::Room;
pub use self::targets::TargetSet;
use self::view::EventKind;
pub use self::view::View;
use crate::plan::Plan;
use crate::process::ProcessView;
use crate::record::Record;

/// Matchers may be shared between threads.
const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Matchers>();
};

/// What evaluates conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Machine code, for the candidates of an index where that is faster.
    #[default]
    Jit,
    /// Machine code for every condition, one after the other: for comparisons.
    Straight,
    /// Machine code for the candidates of an index, be it slower: for comparisons.
    Indexed,
    /// The reference interpreter: slower, and the definition of what is right.
    Interpreter,
}

/// The bytes are not a sound record of their event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record is malformed")]
pub struct Malformed;

/// How an event's conditions are chosen from.
#[derive(Debug, Clone, Copy)]
pub struct Strategy<'a> {
    /// What is looked up.
    pub fields: &'a [IndexedField],
    /// Conditions that are evaluated if something that they need was found.
    pub candidates: usize,
    /// Those that are evaluated for every event.
    pub always: usize,
}

/// Selects no target of a function, but all.
const ALL: usize = jit::MAX_TARGETS;
/// More candidates of one function than this are evaluated with all the others.
const MANY: u32 = 12;

/// The compiled conditions of a plan.
#[derive(Debug)]
pub struct Matchers {
    events: Arc<EventMatchers>,
    engine: Engine,
    /// None if conditions are interpreted.
    background: Option<Background>,
}

/// By event id.
type EventMatchers = [Option<EventMatcher>];

/// Conditions that the code generator could not compile, so that they are interpreted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NotCompiled {
    /// How many.
    pub conditions: usize,
    /// Why the first of them.
    pub reason: String,
}

#[derive(Debug)]
struct EventMatcher {
    kind: EventKind,
    /// How many targets there are.
    targets: usize,
    /// Theirs, shared with the plan.
    conditions: Vec<Option<Arc<Expr>>>,
    /// Finds those that are worth evaluating, if looking for them is.
    index: Option<Index>,
    /// What is compiled, [`jit::MAX_TARGETS`] each but the last of its kind. First what is evaluated for every event;
    /// then what is open of the index's candidates; then all whole conditions, for events that the index gives up.
    parts: Vec<LazyPart>,
    /// How many are of the first kind, and of the second.
    always: usize,
    open: usize,
    /// How many targets the second have.
    candidates: usize,
}

impl EventMatcher {
    fn new(
        schema: &Schema,
        event: &Event,
        conditions: Vec<Option<Arc<Expr>>>,
        engine: Engine,
    ) -> Self {
        let indexed = match engine {
            Engine::Jit => Indexed::of(schema, event, &conditions, false),
            Engine::Indexed => Indexed::of(schema, event, &conditions, true),
            Engine::Straight | Engine::Interpreter => None,
        };
        let all = || (0..conditions.len()).map(OpenTarget::whole).collect();
        let (index, always, found, given_up) = match indexed {
            Some(indexed) => (Some(indexed.index), indexed.always, indexed.found, all()),
            None => (None, all(), Vec::new(), Vec::new()),
        };
        let parts = |targets: &[OpenTarget], selectable| {
            let part = |targets: &[OpenTarget]| {
                LazyPart::new(Part {
                    targets: targets.to_vec(),
                    selectable,
                })
            };
            let parts = targets.chunks(jit::MAX_TARGETS).map(part);
            parts.collect::<Box<[LazyPart]>>()
        };
        let parts = [
            parts(&always, false),
            parts(&found, true),
            parts(&given_up, false),
        ];
        Self {
            kind: EventKind::of(schema, event),
            targets: conditions.len(),
            conditions,
            index,
            always: parts[0].len(),
            open: parts[1].len(),
            parts: parts.into_iter().flatten().collect(),
            candidates: found.len(),
        }
    }
}

impl Matchers {
    /// Compiles the conditions of `plan`. If machine code is wanted but can't be made, the matchers
    /// interpret and the second value says why.
    pub fn compile(schema: &Schema, plan: &Plan, engine: Engine) -> (Self, Option<String>) {
        let mut events: Vec<Option<EventMatcher>> = Vec::new();
        for planned in &plan.events {
            let Some(event) = schema.event(planned.event) else {
                continue;
            };
            let targets = planned.targets.iter();
            let conditions = targets.map(|target| target.condition.clone()).collect();
            let at = usize::from(event.id.0);
            if events.len() <= at {
                events.resize_with(at + 1, || None);
            }
            events[at] = Some(EventMatcher::new(schema, event, conditions, engine));
        }
        let mut matchers = Self {
            events: events.into(),
            engine,
            background: None,
        };
        if engine == Engine::Interpreter {
            return (matchers, None);
        }
        match jit::Compiler::new() {
            Ok(compiler) => {
                let background = Background::new(compiler);
                background.prepare(&matchers.events);
                matchers.background = Some(background);
                (matchers, None)
            }
            Err(reason) => {
                matchers.engine = Engine::Interpreter;
                (matchers, Some(reason))
            }
        }
    }

    /// Makes all code now that would be made once it is worth it: for comparisons, and to say how large it is.
    pub fn complete(&self) {
        if let Some(background) = &self.background {
            background.complete(&self.events);
        }
    }

    /// What the code generator was asked for until now and could not make.
    pub fn not_compiled(&self) -> Option<NotCompiled> {
        let all = self.events.iter().flatten();
        let mut failed = all
            .flat_map(|matcher| &matcher.parts)
            .filter_map(LazyPart::failure);
        let (first, reason) = failed.next()?;
        Some(NotCompiled {
            reason: reason.to_owned(),
            conditions: first + failed.map(|(conditions, _)| conditions).sum::<usize>(),
        })
    }

    /// What evaluates.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// What an event's conditions are looked up by; `None` if all of them are evaluated, or the plan does
    /// not have it.
    pub fn strategy(&self, event: EventId) -> Option<Strategy<'_>> {
        let matcher = self.events.get(usize::from(event.0))?.as_ref()?;
        let fields = &matcher.index.as_ref()?.fields;
        let candidates = matcher.candidates;
        Some(Strategy {
            fields,
            candidates,
            always: matcher.targets - candidates,
        })
    }

    /// How many bytes of machine code there are until now.
    pub fn code_size(&self) -> usize {
        let all = self.events.iter().flatten();
        all.flat_map(|matcher| &matcher.parts)
            .map(LazyPart::size)
            .sum()
    }

    /// Writes into `out` which targets of the record's event match; none for an event that the plan
    /// does not have. `process` is the record's process, if it is known.
    ///
    /// # Errors
    /// [`Malformed`] if the bytes don't begin at a multiple of 8, aren't a whole record, or a slot
    /// refers to a place outside; `out` is empty then.
    pub fn run(
        &self,
        record: &[u8],
        process: Option<&ProcessView>,
        out: &mut TargetSet,
    ) -> Result<(), Malformed> {
        out.clear();
        let record = Record::new(record).ok_or(Malformed)?;
        let event = EventId(record.header().event);
        let Some(Some(matcher)) = self.events.get(usize::from(event.0)) else {
            return Ok(());
        };
        if !record.is_sound(matcher.kind.count, matcher.kind.tails) {
            return Err(Malformed);
        }
        let mut room = out.reset(matcher.targets, matcher.open + matcher.always);
        let view = View::of_kind(record, process, &matcher.kind);
        let Some(background) = &self.background else {
            for (target, condition) in matcher.conditions.iter().enumerate() {
                let holds = |condition: &Expr| interpreter::matches(condition, &view);
                if condition.as_deref().is_none_or(holds) {
                    room.words[target / 64] |= 1 << (target % 64);
                }
            }
            return Ok(());
        };
        let call = |part: &LazyPart, selected, room: &mut Room<'_>| {
            let Some(code) = part.code() else {
                if part.interpret(&matcher.conditions, &view, room.words, selected) {
                    let own = |other: &LazyPart| ptr::eq(other, part);
                    let part = matcher.parts.iter().position(own).unwrap_or_default();
                    let event = usize::from(event.0);
                    background.want(&self.events, Place { event, part });
                }
                return;
            };
            // SAFETY: the code was made for this event's slots, which the record was just checked to have; `words`
            // has a word for every 64 targets; and `process` keeps the promise of `ProcessView`.
            unsafe {
                code.call(
                    record.as_bytes(),
                    process,
                    room.words,
                    room.scratch,
                    selected,
                )
            };
        };
        let (always, others) = matcher.parts.split_at(matcher.always);
        let Some(index) = &matcher.index else {
            for part in always {
                call(part, ALL, &mut room);
            }
            return Ok(());
        };
        let (open, whole) = others.split_at(matcher.open);
        if !index.find(&view, room.marks) {
            for part in whole {
                call(part, ALL, &mut room);
            }
            return Ok(());
        }
        for (at, part) in always.iter().enumerate() {
            call(part, ALL, &mut room);
            part.remove(room.marks[matcher.open + at], room.words);
        }
        for (at, part) in open.iter().enumerate() {
            let candidates = room.marks[at];
            if candidates.count_ones() > MANY {
                call(part, ALL, &mut room);
                part.remove(!candidates, room.words);
                continue;
            }
            let mut left = candidates;
            while left != 0 {
                call(part, left.trailing_zeros() as usize, &mut room);
                left &= left - 1;
            }
        }
        Ok(())
    }
}
