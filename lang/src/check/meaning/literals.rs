//! Strings that another string of the same test makes superfluous, and prefixes that stop within a
//! directory's name.

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
    let test = |literal| Test {
        op: *op,
        literal,
        fold: *fold,
    };
    if literals.len() > 1 && literals.len() <= MAX_COMPARED && (*op != TextOp::Eq || *fold) {
        for (at, literal) in literals.iter().enumerate() {
            // Of two that are the same but for case, the later one is superfluous.
            let covers =
                |a: usize, b: usize| texts::implies(test(&literals[a]), test(&literals[b]));
            let covering = (0..literals.len())
                .find(|by| *by != at && covers(at, *by) && (*by < at || !covers(*by, at)));
            if let Some(by) = covering {
                let shown = display::literal(literal);
                let by = display::literal(&literals[by]);
                let span = words::literal(literal, expr.span, cx).unwrap_or(expr.span);
                let message = format!("`{shown}` adds nothing: `{by}` covers it");
                cx.report(
                    Diagnostic::warning(codes::ADDS_NOTHING, message, span).help("remove it"),
                );
            }
        }
    }
    let is_path = match value {
        Operand::Field(_, ty) => *ty == Type::Path,
        Operand::Ancestor(..) => true,
        _ => false,
    };
    if *op != TextOp::Prefix || !is_path {
        return;
    }
    let is_directory = |path: &str| DIRECTORIES.contains(&path);
    let paths: Vec<_> = literals
        .iter()
        .filter_map(|literal| std::str::from_utf8(literal).ok())
        .collect();
    // With `under` a slash at the end makes no difference, but all of them must be directories.
    let all = paths.len() == literals.len()
        && paths
            .iter()
            .all(|path| is_directory(path) || path.ends_with('/'));
    let operator = words::operator(Token::Prefix, expr.span, cx).filter(|_| all);
    for path in paths.into_iter().filter(|path| is_directory(path)) {
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
            (Some(operator), _) => diagnostic.help(format!("write `under \"{path}\"`")).fix(
                "write `under`",
                operator,
                "under",
            ),
            (None, Some(place)) => diagnostic.help(format!("write `\"{path}/\"`")).fix(
                "add a slash",
                place,
                format!("\"{path}/\""),
            ),
            (None, None) => diagnostic.help(format!("write `\"{path}/\"`")),
        };
        cx.report(diagnostic);
    }
}
