//! Strings that are SHA-256 digests: which literals one can be equal to, or have in it.

use super::Condition;
use super::paths::Typed;
use crate::check::literals::{Literal, Literals};
use crate::codes;
use crate::context::{ContextField, ProcessField};
use crate::diagnostics::Diagnostic;
use crate::hir::{Field, Operand, TextOp};

/// Hexadecimal digits of a digest.
pub(in crate::check) const DIGITS: usize = 64;

/// What container images' digests have before them, and these have not.
const PREFIX: &str = "sha256:";

impl Condition<'_, '_, '_> {
    /// Whether a digest can match all of the strings; it is a mistake if not.
    pub(super) fn digests(
        &mut self,
        op: TextOp,
        fold: bool,
        value: &Typed,
        literals: &Literals,
    ) -> Option<()> {
        if !is_digest(&value.operand) {
            return Some(());
        }
        let mut fine = Some(());
        for (literal, span) in &literals.all {
            let Literal::Text(text) = literal else {
                continue;
            };
            if possible(text, op == TextOp::Eq, fold) {
                continue;
            }
            let message = format!(
                "a SHA-256 has {DIGITS} hexadecimal digits, `0` to `9` and small `a` to `f`"
            );
            let mut diagnostic = Diagnostic::error(codes::NEVER_MATCHES, message, *span);
            let meant = String::from_utf8_lossy(text).to_ascii_lowercase();
            let meant = meant.strip_prefix(PREFIX).unwrap_or(&meant);
            if possible(meant.as_bytes(), op == TextOp::Eq, fold) {
                diagnostic =
                    diagnostic.fix(format!("write `{meant}`"), *span, format!("\"{meant}\""));
            }
            self.report(diagnostic);
            fine = None;
        }
        fine
    }
}

/// Whether a digest can be this, or can begin or end with it or have it in it.
pub(in crate::check) fn possible(text: &[u8], whole: bool, fold: bool) -> bool {
    let is_digit = |byte: &u8| {
        byte.is_ascii_digit()
            || (b'a'..=b'f').contains(byte)
            || fold && (b'A'..=b'F').contains(byte)
    };
    let fits = if whole {
        text.len() == DIGITS
    } else {
        text.len() <= DIGITS
    };
    fits && text.iter().all(is_digit)
}

fn is_digest(operand: &Operand) -> bool {
    let field = match operand {
        Operand::Field(
            Field::Context(ContextField::Proc(field) | ContextField::Parent(field)),
            _,
        )
        | Operand::Ancestor(_, field) => field,
        _ => return false,
    };
    *field == ProcessField::ExeSha256
}
