//! Makes the fixes of diagnostics. Enter at [`apply`].
//!
//! One call makes those that don't touch each other; check what comes out and call again for the rest.

use std::collections::BTreeMap;

use crate::diagnostics::{Code, Diagnostic, Edit, Fix};
use crate::source::{FileId, SourceMap, Span};

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fixed {
    /// The new texts of the files that change, in order.
    pub texts: Vec<(FileId, String)>,
    /// What was mended, in the order of the diagnostics.
    pub made: Vec<Made>,
}

/// A fix that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Of which diagnostic.
    pub code: Code,
    /// Where the mistake was, in the text before.
    pub span: Span,
    /// What the fix does.
    pub title: String,
}

/// Makes the first sure fix of every diagnostic that has one, unless it changes other files than these
/// or touches one that was made.
pub fn apply(map: &SourceMap, diagnostics: &[Diagnostic], files: &[FileId]) -> Fixed {
    let mut fixed = Fixed::default();
    let mut edits: BTreeMap<Span, &str> = BTreeMap::new();
    for diagnostic in diagnostics {
        let Some(fix) = diagnostic.fixes.iter().find(|fix| fix.sure) else {
            continue;
        };
        let planned = fix.edits.iter().map(|edit| {
            let span = place(map, edit).filter(|span| files.contains(&span.file))?;
            (!touches(&edits, span)).then_some((span, &*edit.text))
        });
        if let Some(planned) = planned.collect::<Option<Vec<_>>>() {
            edits.extend(planned);
            fixed.made.push(made(diagnostic, fix));
        }
    }
    for &id in files {
        let own = edits.iter().filter(|(span, _)| span.file == id);
        let own: Vec<(Span, &str)> = own.map(|(span, text)| (*span, *text)).collect();
        if let Some(file) = map.get(id).filter(|_| !own.is_empty()) {
            fixed.texts.push((id, edited(&file.text, &own)));
        }
    }
    fixed
}

fn made(diagnostic: &Diagnostic, fix: &Fix) -> Made {
    Made {
        code: diagnostic.code,
        span: diagnostic.span(),
        title: fix.title.clone(),
    }
}

/// What an edit replaces, if it is of a file's text: with what is alone on its lines, they go, too.
fn place(map: &SourceMap, edit: &Edit) -> Option<Span> {
    let text = &*map.get(edit.span.file)?.text;
    let (start, end) = (edit.span.start as usize, edit.span.end as usize);
    let removed = text.get(start..end)?;
    let line = text[..start].rfind('\n').map_or(0, |end| end + 1);
    let next = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    let alone = text[line..start].trim().is_empty() && text[end..next].trim().is_empty();
    Some(if alone && edit.text.is_empty() && !removed.is_empty() {
        Span::new(edit.span.file, line, next)
    } else {
        edit.span
    })
}

/// Whether an edit is of the same text as one before, or beside it: what comes of both together was
/// not looked at.
fn touches(edits: &BTreeMap<Span, &str>, span: Span) -> bool {
    let before = edits.range(..=span).next_back();
    let after = edits.range(span..).next();
    [before, after].into_iter().flatten().any(|(other, _)| {
        other.file == span.file && other.start <= span.end && span.start <= other.end
    })
}

/// The text with edits that are in the order of their places.
fn edited(text: &str, edits: &[(Span, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, new) in edits {
        out.push_str(text.get(at..span.start as usize).unwrap_or_default());
        out.push_str(new);
        at = span.end as usize;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;

    fn diagnostic(file: FileId, range: std::ops::Range<usize>, text: &str) -> Diagnostic {
        let span = Span::new(file, range.start, range.end);
        Diagnostic::error(codes::SYNTAX, "wrong", span).fix("mend it", span, text)
    }

    #[test]
    fn fixes_that_touch_are_left_for_the_next_time() {
        let mut map = SourceMap::default();
        let file = map.add("a.tp", "0123456789");
        let all = [
            diagnostic(file, 6..8, "x"),
            diagnostic(file, 0..2, ""),
            diagnostic(file, 2..3, "touches the one before"),
            diagnostic(file, 4..4, "+"),
            diagnostic(file, 4..4, "the same place"),
            diagnostic(file, 5..9, "covers one"),
            diagnostic(file, 9..20, "outside"),
        ];
        let fixed = apply(&map, &all, &[file]);
        assert_eq!(fixed.texts, [(file, "23+45x89".to_owned())]);
        assert_eq!(fixed.made.len(), 3);
    }

    #[test]
    fn what_is_alone_on_its_line_goes_with_it() {
        let mut map = SourceMap::default();
        let file = map.add("a.tp", "one;\n  two;\r\n\nthree; four;\n");
        let all = [diagnostic(file, 7..11, ""), diagnostic(file, 14..20, "")];
        let fixed = apply(&map, &all, &[file]);
        assert_eq!(fixed.texts, [(file, "one;\n\n four;\n".to_owned())]);
    }

    #[test]
    fn guesses_and_files_that_were_not_named_are_left_alone() {
        let mut map = SourceMap::default();
        let (named, other) = (map.add("a.tp", "ab"), map.add("b.tp", "cd"));
        let span = Span::new(named, 0, 1);
        let guess = Diagnostic::error(codes::SYNTAX, "wrong", span).suggest("perhaps", span, "x");
        let mut both = diagnostic(named, 0..1, "x");
        both.fixes[0].edits.push(Edit {
            span: Span::new(other, 0, 1),
            text: "y".into(),
        });
        let all = [guess, diagnostic(other, 0..1, "x"), both];
        assert_eq!(apply(&map, &all, &[named]), Fixed::default());
        assert_eq!(apply(&map, &all, &[named, other]).made.len(), 1);
    }
}
