//! Targets of an event, one after the other. Those that begin alike (the rules of a policy, with its scope)
//! share that beginning: if it fails, all of them are passed over.
//!
//! Where an index finds candidates, a function can also be asked for one target: it goes through the
//! beginnings that the target shares, by a jump table each, to the target, and returns.

use std::sync::Arc;

use cranelift_codegen::ir::{Block, InstBuilder, JumpTableData, MemFlagsData, types};
use cranelift_frontend::FunctionBuilder;
use tracee_lang::hir::Expr;

use super::emit::{Emitter, Goals};
use super::load::offset;
use super::open::OpenTarget;

/// Groups within groups, at most.
const MAX_DEPTH: usize = 16;

/// A target's index and what must all hold for it.
type Target<'t, 'e> = (usize, &'t [&'e Expr]);

/// Where a group begins in the code and among the function's targets, how many parts its targets share,
/// and those.
type Group<'t, 'e> = (Block, usize, usize, &'t [Target<'t, 'e>]);

impl Emitter<'_, '_> {
    /// Emits the body of a function: sets bit i of `out` if the i-th condition holds, for all of the
    /// `targets` or, if one is selected, for that.
    pub(super) fn targets(&mut self, conditions: &[Option<Arc<Expr>>], targets: &[OpenTarget]) {
        let open = |of: &OpenTarget| (of.target, of.conjuncts(conditions).collect());
        let open: Vec<(usize, Vec<&Expr>)> = targets.iter().map(open).collect();
        let targets = open.iter().map(|(target, parts)| (*target, &parts[..]));
        let targets: Vec<Target<'_, '_>> = targets.collect();
        let used: Vec<&Expr> = open.iter().flat_map(|(_, parts)| parts).copied().collect();
        self.preload(&used);
        self.forget(&used);
        self.group(&targets, 0, 0);
        self.builder.ins().return_(&[]);
    }

    /// Emits targets that stand one after the other, the first of them at `from` in the function.
    fn group(&mut self, mut targets: &[Target<'_, '_>], from: usize, depth: usize) {
        let mut groups = Vec::new();
        let mut at = from;
        while !targets.is_empty() {
            let (count, shared) = if depth < MAX_DEPTH {
                alike(targets)
            } else {
                (1, 0)
            };
            let (group, others) = targets.split_at(count);
            groups.push((self.builder.create_block(), at, shared, group));
            targets = others;
            at += count;
        }
        let end = self.builder.create_block();
        self.select(&groups, from, end);
        for (at, &(block, first, shared, group)) in groups.iter().enumerate() {
            self.builder.switch_to_block(block);
            let next = groups.get(at + 1).map_or(end, |next| next.0);
            let (inside, done) = (self.builder.create_block(), self.done(next, end));
            let Some(&(target, parts)) = group.first() else {
                continue;
            };
            let parts = if group.len() == 1 {
                parts
            } else {
                &parts[..shared]
            };
            let goals = Goals {
                holds: inside,
                fails: done,
            };
            self.chain(parts.iter().copied(), goals, true);
            self.builder.switch_to_block(inside);
            if group.len() == 1 {
                self.set(target);
            } else {
                let rest = group
                    .iter()
                    .map(|(target, parts)| (*target, &parts[shared..]));
                self.group(&rest.collect::<Vec<_>>(), first, depth + 1);
            }
            self.jump(done);
        }
        self.builder.switch_to_block(end);
    }

    /// Goes to the first group, or to that of the selected target; to the end if there are none.
    fn select(&mut self, groups: &[Group<'_, '_>], from: usize, end: Block) {
        let first = groups.first().map_or(end, |group| group.0);
        let (Some(selected), true) = (self.entry.selected, groups.len() > 1) else {
            return self.jump(first);
        };
        let call =
            |block, builder: &mut FunctionBuilder<'_>| builder.func.dfg.block_call(block, []);
        let mut entries = Vec::new();
        for &(block, _, _, group) in groups {
            entries.resize(entries.len() + group.len(), call(block, &mut self.builder));
        }
        let table = JumpTableData::new(call(first, &mut self.builder), &entries);
        let table = self.builder.create_jump_table(table);
        // As unsigned, "all of them" is beyond the table.
        let selected = self.builder.ins().iadd_imm_s(selected, -(from as i64));
        let selected = self.builder.ins().ireduce(types::I32, selected);
        self.builder.ins().br_table(selected, table);
    }

    /// Where to go when a group was decided: to the next one, or to the end if one target was selected.
    fn done(&mut self, next: Block, end: Block) -> Block {
        let Some(all) = self.entry.all.filter(|_| next != end) else {
            return next;
        };
        let before = self.builder.current_block();
        let done = self.builder.create_block();
        self.builder.switch_to_block(done);
        self.branch(
            all,
            Goals {
                holds: next,
                fails: end,
            },
        );
        if let Some(before) = before {
            self.builder.switch_to_block(before);
        }
        done
    }

    /// Says that a target matches.
    fn set(&mut self, target: usize) {
        let (flags, at) = (MemFlagsData::trusted(), offset(8 * (target / 64)));
        let bit = (1u64 << (target % 64)).cast_signed();
        let word = self
            .builder
            .ins()
            .load(types::I64, flags, self.entry.out, at);
        let word = self.builder.ins().bor_imm_u(word, bit);
        self.builder.ins().store(flags, word, self.entry.out, at);
    }
}

/// How many of the first targets begin with the same part, and how many parts they share.
fn alike(targets: &[Target<'_, '_>]) -> (usize, usize) {
    let Some((first, others)) = targets.split_first() else {
        return (0, 0);
    };
    let begins_alike =
        |(_, parts): &&Target<'_, '_>| !parts.is_empty() && parts.first() == first.1.first();
    let group = &targets[..1 + others.iter().take_while(begins_alike).count()];
    if group.len() == 1 {
        return (1, 0);
    }
    let same = |at: usize| {
        group
            .iter()
            .all(|(_, parts)| parts.get(at) == first.1.get(at))
    };
    let shared = (0..first.1.len()).take_while(|&at| same(at)).count();
    (group.len(), shared)
}
