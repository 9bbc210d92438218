//! Loops: over the strings of a list, and over a process and its ancestors.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, types};
use std::mem::offset_of;
use tracee_lang::hir::{Expr, Field, Iterated, Operand};
use tracee_lang::types::Type;
use tracee_lang::value::MAX_ANCESTORS;

use super::emit::{Emitter, FLAGS, Goals};
use super::load::{Bound, Bytes, Loaded, offset};
use crate::process::ProcessView;

impl Emitter<'_, '_> {
    pub(super) fn quantifier(&mut self, all: bool, over: &Iterated, body: &Expr, goals: Goals) {
        match over {
            Iterated::List(field) => self.list(all, *field, body, goals),
            Iterated::Ancestors => self.ancestors(all, body, goals),
        }
    }

    /// Where to go when the elements are used up, and what to do with each: `any` ends at the first
    /// that holds, `all` at the first that fails.
    fn ends(all: bool, next: Block, goals: Goals) -> (Block, Goals) {
        if all {
            (
                goals.holds,
                Goals {
                    holds: next,
                    fails: goals.fails,
                },
            )
        } else {
            (
                goals.fails,
                Goals {
                    holds: goals.holds,
                    fails: next,
                },
            )
        }
    }

    fn list(&mut self, all: bool, field: Field, body: &Expr, goals: Goals) {
        let operand = Operand::Field(field, Type::List(Box::new(Type::String)));
        let Loaded::List(list) = self.load(&operand, goals.fails) else {
            return self.jump(goals.fails);
        };
        let end = self.builder.ins().iadd(list.pointer, list.length);

        let (head, next) = (self.builder.create_block(), self.builder.create_block());
        let (done, each) = Self::ends(all, next, goals);
        let cursor = self.builder.append_block_param(head, types::I64);
        self.builder
            .ins()
            .jump(head, &[BlockArg::Value(list.pointer)]);

        // A length of four bytes, that many bytes, and padding to a multiple of 4. Every item is
        // checked to end within the list, as the record's check does not look into lists.
        self.builder.switch_to_block(head);
        let pointer = self.builder.ins().iadd_imm_u(cursor, 4);
        let has_length = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThanOrEqual, pointer, end);
        self.require(has_length, done);
        let length = self.builder.ins().uload32(FLAGS, cursor, 0);
        let item_end = self.builder.ins().iadd(pointer, length);
        let fits = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThanOrEqual, item_end, end);
        self.require(fits, done);
        self.bound.push(Bound::Element(Bytes { pointer, length }));
        self.expr(body, each);
        self.bound.pop();

        self.builder.switch_to_block(next);
        let padded = self.builder.ins().iadd_imm_u(length, 3);
        let padded = self.builder.ins().band_imm_s(padded, -4);
        let cursor = self.builder.ins().iadd(pointer, padded);
        self.builder.ins().jump(head, &[BlockArg::Value(cursor)]);
    }

    fn ancestors(&mut self, all: bool, body: &Expr, goals: Goals) {
        let (head, next) = (self.builder.create_block(), self.builder.create_block());
        let (done, each) = Self::ends(all, next, goals);
        let process = self.builder.append_block_param(head, types::I64);
        let left = self.builder.append_block_param(head, types::I64);
        // Without a process there are no ancestors to speak of: neither `any` nor `all` holds.
        self.require(self.entry.process, goals.fails);
        let limit = self.builder.ins().iconst(types::I64, MAX_ANCESTORS as i64);
        let start = [BlockArg::Value(self.entry.process), BlockArg::Value(limit)];
        self.builder.ins().jump(head, &start);

        self.builder.switch_to_block(head);
        self.require(process, done);
        self.require(left, done);
        self.bound.push(Bound::Ancestor(process));
        self.expr(body, each);
        self.bound.pop();

        self.builder.switch_to_block(next);
        let at = offset(offset_of!(ProcessView, parent));
        let parent = self.builder.ins().load(types::I64, FLAGS, process, at);
        let left = self.builder.ins().iadd_imm_s(left, -1);
        self.builder
            .ins()
            .jump(head, &[BlockArg::Value(parent), BlockArg::Value(left)]);
    }
}
