//! String predicates: a length and a few words inline where the literals are few and short, else a
//! call.

use std::sync::Arc;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};
use tracee_lang::hir::{Operand, TextOp};
use tracee_lang::pattern::PatternSet;

use super::emit::{Emitter, FLAGS, Goals};
use super::helpers::{TextTable, is_root, relation};
use super::load::{Bytes, Loaded, offset};

/// More literals, or longer ones, are looked up in a table.
const MAX_INLINE_LITERALS: usize = 4;
const MAX_INLINE_LENGTH: usize = 48;

impl Emitter<'_, '_> {
    pub(super) fn text(
        &mut self,
        op: TextOp,
        value: &Operand,
        literals: &[Arc<[u8]>],
        fold: bool,
        goals: Goals,
    ) {
        let Loaded::Text(text) = self.load(value, goals.fails) else {
            return self.jump(goals.fails);
        };
        let short = literals
            .iter()
            .all(|literal| literal.len() <= MAX_INLINE_LENGTH);
        let few = literals.len() <= MAX_INLINE_LITERALS;
        if fold || op == TextOp::Contains || !short || !few {
            let table = self.tables.text(TextTable::new(op, literals, fold));
            let table = self.builder.ins().iconst(types::I64, table);
            let args = [table, text.pointer, text.length];
            let call = self.builder.ins().call(self.helpers.text_matches, &args);
            let found = self.builder.inst_results(call)[0];
            return self.branch(found, goals);
        }
        for literal in literals {
            let next = self.builder.create_block();
            self.literal(
                op,
                text,
                literal,
                Goals {
                    holds: goals.holds,
                    fails: next,
                },
            );
            self.builder.switch_to_block(next);
        }
        self.jump(goals.fails);
    }

    /// A string against patterns, which are matched where they were compiled.
    pub(super) fn pattern(&mut self, value: &Operand, set: &Arc<PatternSet>, goals: Goals) {
        let Loaded::Text(text) = self.load(value, goals.fails) else {
            return self.jump(goals.fails);
        };
        let set = self.tables.patterns(set);
        let set = self.builder.ins().iconst(types::I64, set);
        let args = [set, text.pointer, text.length];
        let call = self.builder.ins().call(self.helpers.pattern_matches, &args);
        let found = self.builder.inst_results(call)[0];
        self.branch(found, goals);
    }

    /// One string of the event against another.
    pub(super) fn text_pair(
        &mut self,
        op: TextOp,
        value: &Operand,
        with: &Operand,
        fold: bool,
        goals: Goals,
    ) {
        let (Loaded::Text(text), Loaded::Text(with)) =
            (self.load(value, goals.fails), self.load(with, goals.fails))
        else {
            return self.jump(goals.fails);
        };
        let relation = self.builder.ins().iconst(types::I64, relation(op, fold));
        let args = [
            relation,
            text.pointer,
            text.length,
            with.pointer,
            with.length,
        ];
        let call = self.builder.ins().call(self.helpers.texts_relate, &args);
        let holds = self.builder.inst_results(call)[0];
        self.branch(holds, goals);
    }

    /// One literal; never reads outside `text`.
    fn literal(&mut self, op: TextOp, text: Bytes, literal: &[u8], goals: Goals) {
        let length = literal.len() as i64;
        let code = if op == TextOp::Eq {
            IntCC::Equal
        } else {
            IntCC::UnsignedGreaterThanOrEqual
        };
        let fits = self.builder.ins().icmp_imm_u(code, text.length, length);
        self.require(fits, goals.fails);
        let begin = if op == TextOp::Suffix {
            let end = self.builder.ins().iadd(text.pointer, text.length);
            let length = self.builder.ins().iconst(types::I64, length);
            self.builder.ins().isub(end, length)
        } else {
            text.pointer
        };
        let mut difference: Option<Value> = None;
        for (at, ty, wanted) in words(literal) {
            let word = self.builder.ins().load(ty, FLAGS, begin, offset(at));
            let word = if ty == types::I64 {
                word
            } else {
                self.builder.ins().uextend(types::I64, word)
            };
            let wanted = self.builder.ins().iconst(types::I64, wanted.cast_signed());
            let differs = self.builder.ins().bxor(word, wanted);
            difference = Some(match difference {
                Some(all) => self.builder.ins().bor(all, differs),
                None => differs,
            });
        }
        if let Some(difference) = difference {
            let same = self.builder.create_block();
            self.branch(
                difference,
                Goals {
                    holds: goals.fails,
                    fails: same,
                },
            );
            self.builder.switch_to_block(same);
        }
        if op == TextOp::Under && !is_root(literal) {
            self.ends_component(text, length, goals);
        } else {
            self.jump(goals.holds);
        }
    }

    /// Whether `text`, which is at least this long, ends or has a slash there.
    fn ends_component(&mut self, text: Bytes, length: i64, goals: Goals) {
        let more = self.builder.create_block();
        let ends = self
            .builder
            .ins()
            .icmp_imm_u(IntCC::Equal, text.length, length);
        self.branch(
            ends,
            Goals {
                holds: goals.holds,
                fails: more,
            },
        );
        self.builder.switch_to_block(more);
        let at = offset(length as usize);
        let byte = self
            .builder
            .ins()
            .uload8(types::I64, FLAGS, text.pointer, at);
        let slash = self
            .builder
            .ins()
            .icmp_imm_u(IntCC::Equal, byte, i64::from(b'/'));
        self.branch(slash, goals);
    }
}

/// The literal as words that cover each of its bytes: 8 at a time, the last overlapping the one
/// before it; shorter ones as 4, 2 and 1.
fn words(literal: &[u8]) -> Vec<(usize, Type, u64)> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < literal.len() {
        let left = literal.len() - at;
        let (from, ty, size) = match left {
            8.. => (at, types::I64, 8),
            _ if literal.len() >= 8 => (literal.len() - 8, types::I64, 8),
            4.. => (at, types::I32, 4),
            2.. => (at, types::I16, 2),
            _ => (at, types::I8, 1),
        };
        let mut bytes = [0; 8];
        bytes[..size].copy_from_slice(&literal[from..from + size]);
        words.push((from, ty, u64::from_le_bytes(bytes)));
        at = from + size;
    }
    words
}
