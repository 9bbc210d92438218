//! Strings that another string of the same test makes superfluous, and prefixes that stop within a
//! directory's name.

use std::collections::HashMap;
use std::sync::Arc;

use super::texts::{self, Test};
use super::words;
use crate::check::Context;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{Expr, ExprKind, Operand, TextOp, display};
use crate::schema::Event;
use crate::token::Token;
use crate::types::Type;

/// Longer lists are not compared element by element.
const MAX_COMPARED: usize = 256;

/// Directories that everybody means as such. `/lib` is none: `/lib32` and `/lib64` are meant too.
const DIRECTORIES: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/dev/shm",
    "/etc",
    "/etc/pam.d",
    "/etc/ssh",
    "/etc/ssl",
    "/etc/sudoers.d",
    "/etc/systemd",
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/proc/self",
    "/root",
    "/root/.ssh",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/local",
    "/usr/sbin",
    "/usr/share",
    "/var",
    "/var/lib",
    "/var/log",
    "/var/run",
    "/var/spool",
    "/var/tmp",
    "/var/www",
];

/// A list in memory, and how it is looked at.
type List = (*const Arc<[u8]>, TextOp, bool);

/// Which strings of lists others of the same list make superfluous: found out once for each list that
/// the check knows, however often it is used.
#[derive(Debug, Default)]
pub(in crate::check) struct Covered(HashMap<List, Vec<(usize, usize)>>);

impl Covered {
    /// The places of such strings, each with that of the one that covers it.
    fn of(&mut self, op: TextOp, literals: &Arc<[Arc<[u8]>]>, fold: bool) -> &[(usize, usize)] {
        let len = literals.len();
        if !(2..=MAX_COMPARED).contains(&len) || (op == TextOp::Eq && !fold) {
            return &[];
        }
        self.0
            .entry((literals.as_ptr(), op, fold))
            .or_insert_with(|| covered(op, literals, fold))
    }
}

fn covered(op: TextOp, literals: &[Arc<[u8]>], fold: bool) -> Vec<(usize, usize)> {
    let test = |at: usize| Test {
        op,
        literal: &literals[at],
        fold,
    };
    // Of two that are the same but for case, the later one is superfluous.
    let covers = |a: usize, b: usize| texts::implies(test(a), test(b));
    let covering = |at: usize| {
        let by = |by: &usize| *by != at && covers(at, *by) && (*by < at || !covers(*by, at));
        Some((at, (0..literals.len()).find(by)?))
    };
    (0..literals.len()).filter_map(covering).collect()
}

/// Warns about the strings of one test.
pub(super) fn check(expr: &Expr, event: Option<&Event>, cx: &mut Context<'_>) {
    let ExprKind::Text {
        op,
        value,
        literals,
        fold,
    } = &expr.kind
    else {
        return;
    };
    for (at, by) in cx.covered.of(*op, literals, *fold).to_vec() {
        let shown = display::literal(&literals[at]);
        let by = display::literal(&literals[by]);
        let span = words::literal(&literals[at], expr.span, cx).unwrap_or(expr.span);
        let message = format!("`{shown}` adds nothing: `{by}` covers it");
        cx.report(Diagnostic::warning(codes::ADDS_NOTHING, message, span).help("remove it"));
    }
    let is_path = match value {
        Operand::Field(_, ty) => *ty == Type::Path,
        Operand::Ancestor(..) => true,
        _ => false,
    };
    if *op != TextOp::Prefix || !is_path {
        return;
    }
    let directory = |literal: &Arc<[u8]>| {
        let all = DIRECTORIES.iter();
        all.copied().find(|path| path.as_bytes() == &**literal)
    };
    let directories: Vec<_> = literals.iter().filter_map(directory).collect();
    if directories.is_empty() {
        return;
    }
    // With `under` a slash at the end makes no difference, but all of them must be directories.
    let all = literals
        .iter()
        .all(|literal| directory(literal).is_some() || literal.ends_with(b"/"));
    let operator = words::operator(Token::Prefix, expr.span, cx).filter(|_| all);
    for path in directories {
        let literal = path.as_bytes();
        let name = match value {
            Operand::Field(field, _) => display::field(*field, event),
            _ => "the path".into(),
        };
        let message = format!("prefix `\"{path}\"` is not only for what is in the directory");
        let place = words::literal(literal, expr.span, cx);
        let mut diagnostic = Diagnostic::warning(
            codes::PREFIX_WITHOUT_SLASH,
            message,
            place.unwrap_or(expr.span),
        )
        .note(format!(
            "{name} may be `{path}-other` too: a prefix is by bytes"
        ));
        diagnostic = match (operator, place) {
            (Some(operator), _) => diagnostic
                .help(format!("write `under \"{path}\"`"))
                .suggest("write `under`", operator, "under"),
            (None, Some(place)) => diagnostic.help(format!("write `\"{path}/\"`")).suggest(
                "add a slash",
                place,
                format!("\"{path}/\""),
            ),
            (None, None) => diagnostic.help(format!("write `\"{path}/\"`")),
        };
        cx.report(diagnostic);
    }
}
