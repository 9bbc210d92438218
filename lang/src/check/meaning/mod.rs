//! Warnings about what policies mean: conditions that cannot hold or always do, parts that add
//! nothing, rules that never fire or are there twice. Enter at [`check`].
//!
//! [`conditions`] looks at one condition, [`rules`] at those of a policy together, [`exceptions`] at what
//! is taken away from them; they ask [`prover`], which knows [`facts`] of values: [`ranges`] of integers, [`bits`] of flags, [`texts`] of strings.
//! [`literals`] looks at strings by themselves, [`calls`] at what functions never give, [`frequency`]
//! at events without a filter, [`identity`] at task names that decide who is left alone; [`words`] says
//! parts of conditions in words; [`super::kept`] is what need not be asked again.
//!
//! A warning is given only for what holds of every event, also of one that lacks any of the values.

mod bits;
mod calls;
mod conditions;
mod exceptions;
mod facts;
mod frequency;
mod identity;
mod literals;
mod prover;
mod ranges;
mod rules;
mod texts;
mod words;

use super::Context;
use crate::hir::{PolicySet, Rule};
pub(super) use literals::Covered;
use prover::Prover;

/// Warns about policies and the rules of a library. Not about those of files with errors: what such a
/// policy means is not known.
pub(super) fn check(policies: &PolicySet, library: &[Rule], cx: &mut Context<'_>) {
    let prover = Prover::new(cx.schema);
    for rule in library {
        // A test looks at those of the standard library.
        let file = rule.span.file;
        if !cx.diagnostics.has_errors_in(file) && !file.is_standard() && rule.signature.is_none() {
            rules::loose(rule, &prover, cx);
        }
    }
    for policy in &policies.policies {
        if !cx.diagnostics.has_errors_in(policy.span.file) {
            rules::policy(policy, &prover, cx);
        }
    }
}
