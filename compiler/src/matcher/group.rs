//! The targets of an event, one after the other. Those that begin alike (the rules of a policy, with
//! its scope) share that beginning: if it fails, all of them are passed over.

use std::slice;

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, types};
use tracee_lang::hir::{Expr, ExprKind};

use super::emit::{Emitter, Goals};
use super::load::offset;

/// Groups within groups, at most.
const MAX_DEPTH: usize = 16;

/// A target's index and what must all hold for it.
type Target<'e> = (usize, &'e [Expr]);

impl Emitter<'_, '_> {
    /// Emits the body of the function: sets bit i of `out` if the i-th condition holds.
    pub(super) fn targets(&mut self, conditions: &[Option<Expr>]) {
        let used: Vec<&Expr> = conditions.iter().flatten().collect();
        self.preload(&used);
        self.forget(&used);
        let targets: Vec<Target<'_>> = conditions.iter().map(conjuncts).enumerate().collect();
        self.group(&targets, 0);
        self.builder.ins().return_(&[]);
    }

    fn group(&mut self, mut targets: &[Target<'_>], depth: usize) {
        while let Some(&(index, parts)) = targets.first() {
            let (count, shared) = if depth < MAX_DEPTH {
                alike(targets)
            } else {
                (1, 0)
            };
            let (inside, next) = (self.builder.create_block(), self.builder.create_block());
            if count == 1 {
                self.chain(
                    parts,
                    Goals {
                        holds: inside,
                        fails: next,
                    },
                    true,
                );
                self.builder.switch_to_block(inside);
                self.set(index);
            } else {
                self.chain(
                    &parts[..shared],
                    Goals {
                        holds: inside,
                        fails: next,
                    },
                    true,
                );
                self.builder.switch_to_block(inside);
                let rest = targets[..count]
                    .iter()
                    .map(|(index, parts)| (*index, &parts[shared..]));
                self.group(&rest.collect::<Vec<_>>(), depth + 1);
            }
            self.jump(next);
            self.builder.switch_to_block(next);
            targets = &targets[count..];
        }
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

fn conjuncts(condition: &Option<Expr>) -> &[Expr] {
    match condition {
        None => &[],
        Some(Expr {
            kind: ExprKind::And(parts),
            ..
        }) => parts,
        Some(other) => slice::from_ref(other),
    }
}

/// How many of the first targets begin with the same part, and how many parts they share.
fn alike(targets: &[Target<'_>]) -> (usize, usize) {
    let Some((first, others)) = targets.split_first() else {
        return (0, 0);
    };
    let begins_alike =
        |(_, parts): &&Target<'_>| !parts.is_empty() && parts.first() == first.1.first();
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
