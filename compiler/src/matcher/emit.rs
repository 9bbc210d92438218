//! Conditions → control flow. Every expression is emitted with two blocks to go to, one if it holds
//! and one if it doesn't; an absent value goes to the latter. Atoms have no effects, so the cheap
//! parts of `and` and `or` go first.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, StackSlot, Value, types};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::FunctionBuilder;
use tracee_lang::address::set::AddressSet;
use tracee_lang::hir::{CompareOp, Expr, ExprKind, Operand};
use tracee_lang::types::Type;

use super::helpers::RangeTable;
use super::jit::{Helpers, Part, Tables};
use super::load::{Bound, Entry, Loaded};
use super::memo::Memos;
use super::view::EventKind;
use crate::ranges::{Ranges, mirrored};

/// More ranges than this are looked up in a table.
const MAX_INLINE_RANGES: usize = 6;

/// Loads go to places that were checked before, and so may not move; strings may lie anywhere.
pub(super) const FLAGS: MemFlagsData = MemFlagsData::new().with_notrap();

/// Emits a function of one event.
pub(super) struct Emitter<'a, 'f> {
    pub(super) builder: FunctionBuilder<'f>,
    pub(super) event: &'a EventKind,
    pub(super) helpers: Helpers,
    pub(super) tables: &'a mut Tables,
    pub(super) entry: Entry,
    /// What quantifiers stand at, the outermost first.
    pub(super) bound: Vec<Bound>,
    /// Buffers that the calls of this atom have so far.
    pub(super) buffers: usize,
    /// Calls that are evaluated once for the record.
    pub(super) memos: Memos,
    /// Where calls hand over their arguments, if there are calls.
    pub(super) call_slot: Option<StackSlot>,
}

/// Where to go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goals {
    pub(super) holds: Block,
    pub(super) fails: Block,
}

impl<'a, 'f> Emitter<'a, 'f> {
    pub(super) fn new(
        mut builder: FunctionBuilder<'f>,
        event: &'a EventKind,
        helpers: Helpers,
        tables: &'a mut Tables,
        part: &Part,
    ) -> Self {
        let entry = Entry::new(&mut builder, part.targets.len(), part.selectable);
        Self {
            builder,
            event,
            helpers,
            tables,
            entry,
            bound: Vec::new(),
            buffers: 0,
            memos: Memos::default(),
            call_slot: None,
        }
    }

    pub(super) fn finish(mut self, config: TargetFrontendConfig) {
        self.builder.seal_all_blocks();
        self.builder.finalize(config);
    }

    /// Emits a condition at the current block, which it ends.
    pub(super) fn expr(&mut self, expr: &Expr, goals: Goals) {
        self.buffers = 0;
        match &expr.kind {
            ExprKind::Bool(value) => self.jump(if *value { goals.holds } else { goals.fails }),
            ExprKind::Not(inner) => {
                self.expr(
                    inner,
                    Goals {
                        holds: goals.fails,
                        fails: goals.holds,
                    },
                );
            }
            ExprKind::And(parts) => self.chain(parts, goals, true),
            ExprKind::Or(parts) => self.chain(parts, goals, false),
            ExprKind::Test(operand) => {
                self.ints(operand, &Ranges::one(0, 0).complement(), goals);
            }
            ExprKind::Compare { op, left, right } => self.compare(*op, left, right, goals),
            ExprKind::InInts { value, ranges } => {
                self.ints(value, &Ranges::new(ranges.iter().copied()), goals);
            }
            ExprKind::InAddresses { value, addresses } => self.addresses(value, addresses, goals),
            ExprKind::Text {
                op,
                value,
                literals,
                fold,
            } => {
                self.text(*op, value, literals, *fold, goals);
            }
            ExprKind::TextPair {
                op,
                value,
                with,
                fold,
            } => self.text_pair(*op, value, with, *fold, goals),
            ExprKind::Pattern { value, set } => self.pattern(value, set, goals),
            ExprKind::Has { value, flags, all } => self.has(value, flags, *all, goals),
            ExprKind::Exists(operand) => {
                self.load(operand, goals.fails);
                self.jump(goals.holds);
            }
            ExprKind::Quantifier { all, over, body } => self.quantifier(*all, over, body, goals),
        }
    }

    /// `and`: all parts hold; `or`: any does.
    pub(super) fn chain<'e>(
        &mut self,
        parts: impl IntoIterator<Item = &'e Expr>,
        goals: Goals,
        all: bool,
    ) {
        let mut order: Vec<&Expr> = parts.into_iter().collect();
        order.sort_by_key(|part| cost(part));
        for part in order {
            let next = self.builder.create_block();
            let goals = if all {
                Goals {
                    holds: next,
                    fails: goals.fails,
                }
            } else {
                Goals {
                    holds: goals.holds,
                    fails: next,
                }
            };
            self.expr(part, goals);
            self.builder.switch_to_block(next);
        }
        self.jump(if all { goals.holds } else { goals.fails });
    }

    fn compare(&mut self, op: CompareOp, left: &Operand, right: &Operand, goals: Goals) {
        let is_address = matches!(left, Operand::Field(_, Type::Ip));
        let left = self.load(left, goals.fails);
        let right = self.load(right, goals.fails);
        match (left, right) {
            (Loaded::Text(left), Loaded::Text(right)) if op == CompareOp::Eq => {
                let args = [left.pointer, left.length, right.pointer, right.length];
                let helper = match is_address {
                    true => self.helpers.same_address,
                    false => self.helpers.text_equals,
                };
                let call = self.builder.ins().call(helper, &args);
                let equal = self.builder.inst_results(call)[0];
                self.branch(equal, goals);
            }
            (Loaded::Constant(left), Loaded::Constant(right)) => {
                let holds = match op {
                    CompareOp::Eq => left == right,
                    CompareOp::Lt => left < right,
                    CompareOp::Le => left <= right,
                    CompareOp::Gt => left > right,
                    CompareOp::Ge => left >= right,
                };
                self.jump(if holds { goals.holds } else { goals.fails });
            }
            (Loaded::Int { value, signed }, Loaded::Constant(bound)) => {
                self.in_ranges(value, signed, &Ranges::satisfying(op, bound), goals);
            }
            (Loaded::Constant(bound), Loaded::Int { value, signed }) => {
                let ranges = Ranges::satisfying(mirrored(op), bound);
                self.in_ranges(value, signed, &ranges, goals);
            }
            (
                Loaded::Int {
                    value: left,
                    signed: left_signed,
                },
                Loaded::Int {
                    value: right,
                    signed: right_signed,
                },
            ) => {
                // Of different signedness, a negative side decides; else both compare unsigned.
                if left_signed != right_signed {
                    let (negative, goal) = if left_signed {
                        (left, matches!(op, CompareOp::Lt | CompareOp::Le))
                    } else {
                        (right, matches!(op, CompareOp::Gt | CompareOp::Ge))
                    };
                    let goal = if goal { goals.holds } else { goals.fails };
                    let is_negative =
                        self.builder
                            .ins()
                            .icmp_imm_s(IntCC::SignedLessThan, negative, 0);
                    let next = self.builder.create_block();
                    self.branch(
                        is_negative,
                        Goals {
                            holds: goal,
                            fails: next,
                        },
                    );
                    self.builder.switch_to_block(next);
                }
                let condition = condition_code(op, left_signed && right_signed);
                let holds = self.builder.ins().icmp(condition, left, right);
                self.branch(holds, goals);
            }
            // The checker allows no other pair.
            _ => self.jump(goals.fails),
        }
    }

    fn ints(&mut self, value: &Operand, ranges: &Ranges, goals: Goals) {
        match self.load(value, goals.fails) {
            Loaded::Constant(value) => {
                self.jump(if ranges.contains(value) {
                    goals.holds
                } else {
                    goals.fails
                });
            }
            Loaded::Int { value, signed } => self.in_ranges(value, signed, ranges, goals),
            _ => self.jump(goals.fails),
        }
    }

    fn addresses(&mut self, value: &Operand, addresses: &AddressSet, goals: Goals) {
        match self.load(value, goals.fails) {
            Loaded::Text(bytes) => {
                let table = self.tables.addresses(addresses);
                let table = self.builder.ins().iconst(types::I64, table);
                let args = [table, bytes.pointer, bytes.length];
                let call = self.builder.ins().call(self.helpers.in_addresses, &args);
                let found = self.builder.inst_results(call)[0];
                self.branch(found, goals);
            }
            _ => self.jump(goals.fails),
        }
    }

    /// Whether a 64-bit value is in any range.
    fn in_ranges(&mut self, value: Value, signed: bool, ranges: &Ranges, goals: Goals) {
        let (min, max) = if signed {
            (i128::from(i64::MIN), i128::from(i64::MAX))
        } else {
            (0, i128::from(u64::MAX))
        };
        let clipped = ranges.intersection(&Ranges::one(min, max));
        let ranges = clipped.as_slice();
        if ranges.len() > MAX_INLINE_RANGES {
            let key = |value: i128| u64::try_from(value - min).unwrap_or(u64::MAX);
            let table: RangeTable = ranges
                .iter()
                .map(|&(start, end)| (key(start), key(end)))
                .collect();
            let table = self.tables.ranges(table);
            let table = self.builder.ins().iconst(types::I64, table);
            let value = if signed {
                self.builder.ins().bxor_imm_u(value, i64::MIN)
            } else {
                value
            };
            let call = self
                .builder
                .ins()
                .call(self.helpers.in_ranges, &[table, value]);
            let found = self.builder.inst_results(call)[0];
            return self.branch(found, goals);
        }
        // Wraps a value above `i64::MAX` to the same 64 bits.
        let bits = |value: i128| value as i64;
        for &(start, end) in ranges {
            let next = self.builder.create_block();
            let goals = Goals {
                holds: goals.holds,
                fails: next,
            };
            if start == end {
                let equal = self
                    .builder
                    .ins()
                    .icmp_imm_s(IntCC::Equal, value, bits(start));
                self.branch(equal, goals);
            } else {
                // One comparison: value - start, unsigned, is at most end - start.
                let start_value = self.builder.ins().iconst(types::I64, bits(start));
                let above = self.builder.ins().isub(value, start_value);
                let limit = self.builder.ins().iconst(types::I64, bits(end - start));
                let code = IntCC::UnsignedLessThanOrEqual;
                let inside = self.builder.ins().icmp(code, above, limit);
                self.branch(inside, goals);
            }
            self.builder.switch_to_block(next);
        }
        self.jump(goals.fails);
    }

    fn has(&mut self, value: &Operand, flags: &[(u64, u64)], all: bool, goals: Goals) {
        let value = match self.load(value, goals.fails) {
            Loaded::Int { value, .. } => value,
            // Wraps a value above `i64::MAX` to the same 64 bits.
            Loaded::Constant(value) => self.builder.ins().iconst(types::I64, value as i64),
            _ => return self.jump(goals.fails),
        };
        for &(mask, want) in flags {
            let next = self.builder.create_block();
            let masked = self.builder.ins().band_imm_u(value, mask.cast_signed());
            let wanted = self.builder.ins().iconst(types::I64, want.cast_signed());
            let there = self.builder.ins().icmp(IntCC::Equal, masked, wanted);
            if all {
                self.branch(
                    there,
                    Goals {
                        holds: next,
                        fails: goals.fails,
                    },
                );
            } else {
                self.branch(
                    there,
                    Goals {
                        holds: goals.holds,
                        fails: next,
                    },
                );
            }
            self.builder.switch_to_block(next);
        }
        self.jump(if all { goals.holds } else { goals.fails });
    }

    pub(super) fn jump(&mut self, block: Block) {
        self.builder.ins().jump(block, &[]);
    }

    /// Goes by whether `condition` is not 0.
    pub(super) fn branch(&mut self, condition: Value, goals: Goals) {
        self.builder
            .ins()
            .brif(condition, goals.holds, &[], goals.fails, &[]);
    }

    /// Goes to `fails` unless `condition` is not 0, and on in a new block.
    pub(super) fn require(&mut self, condition: Value, fails: Block) {
        let next = self.builder.create_block();
        self.branch(condition, Goals { holds: next, fails });
        self.builder.switch_to_block(next);
    }
}

fn condition_code(op: CompareOp, signed: bool) -> IntCC {
    let (signed_code, unsigned_code) = match op {
        CompareOp::Eq => (IntCC::Equal, IntCC::Equal),
        CompareOp::Lt => (IntCC::SignedLessThan, IntCC::UnsignedLessThan),
        CompareOp::Le => (IntCC::SignedLessThanOrEqual, IntCC::UnsignedLessThanOrEqual),
        CompareOp::Gt => (IntCC::SignedGreaterThan, IntCC::UnsignedGreaterThan),
        CompareOp::Ge => (
            IntCC::SignedGreaterThanOrEqual,
            IntCC::UnsignedGreaterThanOrEqual,
        ),
    };
    if signed { signed_code } else { unsigned_code }
}

/// Roughly what evaluating costs.
fn cost(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::Bool(_) => 0,
        ExprKind::Not(inner) => cost(inner),
        ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().map(cost).sum(),
        ExprKind::Text {
            op,
            value,
            literals,
            fold,
        } => {
            let contains = *op == tracee_lang::hir::TextOp::Contains;
            2 + calls(value) + literals.len().min(8) * if *fold || contains { 4 } else { 1 }
        }
        ExprKind::Compare { left, right, .. } => 1 + calls(left) + calls(right),
        ExprKind::InAddresses { value, .. } => 3 + calls(value),
        ExprKind::Pattern { value, .. } => 24 + calls(value),
        ExprKind::TextPair { value, with, .. } => 6 + calls(value) + calls(with),
        ExprKind::Quantifier { body, .. } => 32 * (1 + cost(body)),
        ExprKind::Test(value) | ExprKind::InInts { value, .. } | ExprKind::Exists(value) => {
            1 + calls(value)
        }
        ExprKind::Has { .. } => 1,
    }
}

/// Roughly what the calls of an operand cost.
fn calls(operand: &Operand) -> usize {
    match operand {
        Operand::Call(call) => 8 + call.arguments.iter().map(calls).sum::<usize>(),
        _ => 0,
    }
}
