//! What functions give that several conditions ask for: evaluated at the first of them, and kept until
//! the record is decided. A thousand rules on `basename(pathname)` then cost one evaluation.

use std::mem::offset_of;

use cranelift_codegen::ir::{
    Block, InstBuilder, StackSlot, StackSlotData, StackSlotKind, Value, types,
};
use tracee_lang::functions::Evaluation;
use tracee_lang::hir::{Call, Expr, ExprKind, Operand};

use super::calls::RawAnswer;
use super::emit::{Emitter, FLAGS, Goals};
use super::load::{Loaded, offset};

/// Calls of an event that are kept, at most.
const MAX_KEPT: usize = 64;
/// Calls that are counted, at most: comparing them takes time.
const MAX_COUNTED: usize = 512;

/// The calls that are kept, and where.
#[derive(Debug, Default)]
pub(super) struct Memos {
    calls: Vec<Call>,
    slot: Option<StackSlot>,
}

/// A kept answer.
#[repr(C)]
struct Memo {
    /// One of [`UNKNOWN`], [`THERE`], [`ABSENT`].
    state: u64,
    answer: RawAnswer,
}

const UNKNOWN: i64 = 0;
const THERE: i64 = 1;
const ABSENT: i64 = 2;

impl Memos {
    /// Those that occur more than once and are the same for each element of a quantifier.
    pub(super) fn of(conditions: &[&Expr]) -> Self {
        let mut counted: Vec<(&Call, usize)> = Vec::new();
        for condition in conditions {
            each_call(condition, &mut |call| {
                let known = counted.iter().position(|(other, _)| *other == call);
                match known {
                    Some(at) => counted[at].1 += 1,
                    None if counted.len() < MAX_COUNTED => counted.push((call, 1)),
                    None => {}
                }
            });
        }
        let often = counted.into_iter().filter(|(_, count)| *count > 1);
        let mut calls: Vec<Call> = often.take(MAX_KEPT).map(|(call, _)| call.clone()).collect();
        // What is kept may be a part of what an inner call made: that has to be kept, too.
        loop {
            let (known, before) = (calls.clone(), calls.len());
            calls.retain(|call| inner_calls(call).all(|inner| known.contains(inner)));
            if calls.len() == before {
                break;
            }
        }
        Self { calls, slot: None }
    }

    /// How many there are; their buffers come before those of other calls.
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    /// The number of a call, if it is kept.
    pub(super) fn number(&self, call: &Call) -> Option<usize> {
        self.calls.iter().position(|kept| kept == call)
    }
}

impl Emitter<'_, '_> {
    /// Forgets what was kept for the record before.
    pub(super) fn forget(&mut self, conditions: &[&Expr]) {
        self.memos = Memos::of(conditions);
        if self.memos.len() == 0 {
            return;
        }
        let size = offset(self.memos.len() * size_of::<Memo>()).unsigned_abs();
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3);
        let slot = self.builder.create_sized_stack_slot(data);
        self.memos.slot = Some(slot);
        let memory = self.builder.ins().stack_addr(types::I64, slot, 0);
        for number in 0..self.memos.len() {
            self.state(memory, number, UNKNOWN);
        }
    }

    /// What a kept call gives.
    pub(super) fn kept(&mut self, call: &Call, number: usize, absent: Block) -> Loaded {
        let Some(slot) = self.memos.slot else {
            return self.evaluated(call, number, absent);
        };
        let memory = self.builder.ins().stack_addr(types::I64, slot, 0);
        let at = |member: usize| offset(number * size_of::<Memo>() + member);
        let [evaluate, nothing, known] = [(); 3].map(|()| self.builder.create_block());
        let state_at = at(offset_of!(Memo, state));
        let state = self.builder.ins().load(types::I64, FLAGS, memory, state_at);
        self.branch(
            state,
            Goals {
                holds: known,
                fails: evaluate,
            },
        );

        self.builder.switch_to_block(evaluate);
        let (first, second) = match self.evaluated(call, number, nothing) {
            Loaded::Int { value, .. } => (value, None),
            Loaded::Text(bytes) => (bytes.pointer, Some(bytes.length)),
            // No function gives these.
            Loaded::Constant(_) | Loaded::List(_) => (memory, None),
        };
        let mut store = |value, member: usize| {
            let at = at(offset_of!(Memo, answer) + member);
            self.builder.ins().store(FLAGS, value, memory, at);
        };
        store(first, offset_of!(RawAnswer, first));
        if let Some(second) = second {
            store(second, offset_of!(RawAnswer, second));
        }
        self.state(memory, number, THERE);
        self.jump(known);

        self.builder.switch_to_block(nothing);
        self.state(memory, number, ABSENT);
        self.jump(known);

        self.builder.switch_to_block(known);
        let state = self.builder.ins().load(types::I64, FLAGS, memory, state_at);
        let gone = self.builder.ins().band_imm_u(state, ABSENT);
        let there = self.builder.create_block();
        self.branch(
            gone,
            Goals {
                holds: absent,
                fails: there,
            },
        );
        self.builder.switch_to_block(there);
        self.answer(
            call,
            memory,
            number * size_of::<Memo>() + offset_of!(Memo, answer),
        )
    }

    fn state(&mut self, memory: Value, number: usize, state: i64) {
        let at = offset(number * size_of::<Memo>() + offset_of!(Memo, state));
        let state = self.builder.ins().iconst(types::I64, state);
        self.builder.ins().store(FLAGS, state, memory, at);
    }
}

/// Calls `found` with every call that is evaluated and is the same for each element of a quantifier.
fn each_call<'e>(expr: &'e Expr, found: &mut dyn FnMut(&'e Call)) {
    match &expr.kind {
        ExprKind::Not(of) => each_call(of, found),
        ExprKind::And(parts) | ExprKind::Or(parts) => {
            parts.iter().for_each(|part| each_call(part, found));
        }
        ExprKind::Quantifier { body, .. } => each_call(body, found),
        _ => {
            for operand in expr.operands() {
                of_operand(operand, found);
            }
        }
    }
}

fn of_operand<'e>(operand: &'e Operand, found: &mut dyn FnMut(&'e Call)) {
    let Operand::Call(call) = operand else {
        return;
    };
    let evaluated = matches!(call.function.evaluation, Evaluation::Values(_));
    if evaluated && !is_of_element(operand) {
        found(call);
    }
    call.arguments
        .iter()
        .for_each(|argument| of_operand(argument, found));
}

fn inner_calls(call: &Call) -> impl Iterator<Item = &Call> {
    call.arguments.iter().filter_map(|argument| match argument {
        Operand::Call(inner) => Some(&**inner),
        _ => None,
    })
}

fn is_of_element(operand: &Operand) -> bool {
    match operand {
        Operand::Element(_) | Operand::Ancestor(..) => true,
        Operand::Call(call) => call.arguments.iter().any(is_of_element),
        Operand::Field(..) | Operand::Int(_) | Operand::Text(_) => false,
    }
}
