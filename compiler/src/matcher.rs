//! What userland checks: for every event one function that writes which of its targets match.
//!
//! ```text
//! record ─┐                                     out: one bit per target
//! process ┴─ fn(record, process, out) ─────────→ of EventPlan::targets
//! ```
//!
//! [`Matchers::compile`] makes machine code with Cranelift ([`jit`]), or keeps the conditions for the
//! reference interpreter if the host has no code generator or [`Engine::Interpreter`] is asked for;
//! both give the same answers. [`Matchers::run`] is the only way in: it checks once that the record
//! is sound, so that the code can read it through constant offsets.
//!
//! All `unsafe` of this crate is here: calling the code, the helpers it calls ([`helpers`]), and
//! reading a [`ProcessView`] ([`view`]).

#![expect(
    unsafe_code,
    reason = "machine code is called, and reads processes through pointers"
)]

mod calls;
mod emit;
mod group;
mod helpers;
mod jit;
mod load;
mod memo;
mod quantifier;
mod targets;
mod text;
mod view;

use tracee_lang::hir::Expr;
use tracee_lang::interpreter;
use tracee_lang::schema::{EventId, Schema};

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
    /// Machine code.
    #[default]
    Jit,
    /// The reference interpreter: slower, and the definition of what is right.
    Interpreter,
}

/// The bytes are not a sound record of their event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record is malformed")]
pub struct Malformed;

/// The compiled conditions of a plan.
#[derive(Debug)]
pub struct Matchers {
    /// By event id.
    events: Vec<Option<EventMatcher>>,
    /// Keeps the code alive.
    code: Option<jit::Code>,
}

#[derive(Debug)]
struct EventMatcher {
    kind: EventKind,
    conditions: Vec<Option<Expr>>,
    function: Option<jit::Function>,
}

impl Matchers {
    /// Compiles the conditions of `plan`. If machine code is wanted but can't be made, the matchers
    /// interpret and the second value says why.
    pub fn compile(schema: &Schema, plan: &Plan, engine: Engine) -> (Self, Option<String>) {
        let mut matchers = Self {
            events: Vec::new(),
            code: None,
        };
        let mut wanted = Vec::new();
        for planned in &plan.events {
            let Some(event) = schema.event(planned.event) else {
                continue;
            };
            let conditions = planned
                .targets
                .iter()
                .map(|target| target.condition.clone());
            let matcher = EventMatcher {
                kind: EventKind::of(schema, event),
                conditions: conditions.collect(),
                function: None,
            };
            wanted.push(event);
            let at = usize::from(event.id.0);
            if matchers.events.len() <= at {
                matchers.events.resize_with(at + 1, || None);
            }
            matchers.events[at] = Some(matcher);
        }
        if engine == Engine::Interpreter {
            return (matchers, None);
        }
        let sources: Vec<_> = wanted
            .into_iter()
            .filter_map(|event| {
                let matcher = matchers.events[usize::from(event.id.0)].as_ref()?;
                Some((event, matcher.conditions.as_slice()))
            })
            .collect();
        match jit::compile(schema, &sources) {
            Ok((code, functions)) => {
                for (id, function) in functions {
                    if let Some(Some(matcher)) = matchers.events.get_mut(usize::from(id.0)) {
                        matcher.function = Some(function);
                    }
                }
                matchers.code = Some(code);
                (matchers, None)
            }
            Err(reason) => (matchers, Some(reason)),
        }
    }

    /// What evaluates.
    pub fn engine(&self) -> Engine {
        if self.code.is_some() {
            Engine::Jit
        } else {
            Engine::Interpreter
        }
    }

    /// How many bytes of machine code there are.
    pub fn code_size(&self) -> usize {
        self.code.as_ref().map_or(0, jit::Code::size)
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
        let (words, scratch) = out.reset(matcher.conditions.len());
        if let Some(function) = &matcher.function {
            // SAFETY: the code is alive, as `self.code` is; it was made for this event's slots, which
            // the record was just checked to have; `out` has a word for every 64 targets; and
            // `process` keeps the promise of `ProcessView`.
            unsafe { function.call(record.as_bytes(), process, words, scratch) };
            return Ok(());
        }
        let view = View::of_kind(record, process, matcher.kind.clone());
        for (target, condition) in matcher.conditions.iter().enumerate() {
            let holds = |condition: &Expr| interpreter::matches(condition, &view);
            if condition.as_ref().is_none_or(holds) {
                out.insert(target);
            }
        }
        Ok(())
    }
}
