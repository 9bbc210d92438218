//! What stands after `under`: directories, by components.

use std::sync::Arc;

use super::Condition;
use crate::check::literals::{Literal, Literals, Texts};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::display;
use crate::source::Span;

impl Condition<'_, '_, '_> {
    /// The literals of an `under` as [`crate::hir::TextOp::Under`] wants them.
    pub(super) fn directories(&mut self, literals: &Literals) -> Option<Texts> {
        let taken = self.cx.diagnostics.taken();
        let mut first = false;
        let made = || {
            first = true;
            let all = literals.all.iter().map(|(literal, span)| match literal {
                Literal::Text(text) => Some((Literal::Text(self.directory(text, *span)?), *span)),
                Literal::Ints(..) | Literal::Addresses(..) => None,
            });
            // All of them are looked at, so that each has its mistake reported.
            let all = all.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?;
            Some(Literals::new(all).texts())
        };
        let made = literals.directories.get_or_init(made).clone();
        match first {
            true => literals.reported.set(self.cx.diagnostics.taken() > taken),
            false if literals.reported.get() => self.cx.diagnostics.take_again(),
            false => {}
        }
        made
    }

    fn directory(&mut self, written: &[u8], span: Span) -> Option<Arc<[u8]>> {
        let absolute = written.starts_with(b"/");
        let components = || {
            let all = written.split(|byte| *byte == b'/');
            all.filter(|component| !matches!(*component, b"" | b"."))
        };
        let relative = components().collect::<Vec<_>>().join(&b'/');
        let rooted = [b"/", &*relative].concat();
        if !absolute && relative.is_empty() {
            let shown = display::literal(written);
            let message = format!("nothing can be under `{shown}`");
            self.report(
                Diagnostic::error(codes::BAD_DIRECTORY, message, span)
                    .help("every absolute path is under `\"/\"`"),
            );
            return None;
        }
        let shown = display::literal(written);
        if components().any(|component| component == b"..") {
            let message = format!("`..` in `{shown}` is not followed");
            self.report(
                Diagnostic::warning(codes::NOT_A_FULL_PATH, message, span)
                    .help("write the directory that is meant")
                    .note("paths are compared as they are"),
            );
        } else if !absolute {
            let message = format!("`{shown}` is a relative path");
            let diagnostic = Diagnostic::warning(codes::NOT_A_FULL_PATH, message, span);
            let diagnostic = match written.starts_with(b"~") {
                true => diagnostic
                    .help("write `glob \"/home/*/…/**\"`")
                    .note("`~` is not expanded"),
                false => {
                    let rooted = display::literal(&rooted);
                    diagnostic
                        .help(format!("write `{rooted}`"))
                        .note("only a path that a program gave as a relative one is under it")
                        .suggest("begin at the root", span, rooted)
                }
            };
            self.report(diagnostic);
        }
        Some(if absolute { rooted } else { relative }.into())
    }
}
