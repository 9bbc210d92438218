//! Regexes: the syntax of the `regex` crate (RE2-like: no look-around, no backreferences), over bytes.
//! `.` is any byte, also a line's end: a file's name may have one, and must not hide behind it.

use std::ops::Range;
use std::str;

use regex_syntax::ast::{self, Ast};
use regex_syntax::hir::{self, Hir, translate};

use super::{Flaw, MAX_NEST};

/// Reads a regex.
pub(super) fn parse(source: &[u8], fold: bool) -> Result<Hir, Flaw> {
    let source = match str::from_utf8(source) {
        Ok(source) => source,
        Err(error) => {
            let at = error.valid_up_to();
            let byte = source.get(at).copied().unwrap_or_default();
            let message = format!("`\\x{byte:02x}` is no character");
            return Err(Flaw::new(at..at + 1, message).help(format!(
                "write `\\\\x{byte:02x}`: the regex has escapes, too"
            )));
        }
    };
    let tree = syntax(source).map_err(|error| {
        let place = place(error.span());
        let flaw = Flaw::new(place.clone(), error.kind().to_string());
        match error.kind() {
            ast::ErrorKind::NestLimitExceeded(_) => {
                let message = format!("the regex is nested more than {MAX_NEST} deep");
                Flaw::new(place, message).too_large()
            }
            ast::ErrorKind::EscapeUnrecognized => flaw.help("only punctuation can be escaped"),
            ast::ErrorKind::RepetitionMissing => {
                let sign = source
                    .get(place.start..)
                    .and_then(|rest| rest.chars().next());
                let sign = sign.unwrap_or_default();
                let help = match (place.start, sign) {
                    (0, '*') => "did you mean `glob`?".to_owned(),
                    _ => format!("write `\\\\{sign}` for `{sign}` itself"),
                };
                Flaw::new(place, format!("`{sign}` repeats nothing")).help(help)
            }
            _ => flaw,
        }
    })?;
    ast::visit(&tree, NoUnicode)?;
    translate::TranslatorBuilder::new()
        .unicode(false)
        .utf8(false)
        .case_insensitive(fold)
        .dot_matches_new_line(true)
        .build()
        .translate(source, &tree)
        .map_err(|error| match error.kind() {
            hir::ErrorKind::UnicodeNotAllowed => {
                let place = place(error.span());
                let written = source.get(place.clone()).unwrap_or_default();
                if written.starts_with('\\') {
                    let message = "strings are bytes: there are no classes of Unicode";
                    Flaw::new(place, message).help("write a class of bytes: `[a-z]`")
                } else {
                    let message = "strings are bytes: a class is of single bytes";
                    Flaw::new(place, message).help("write alternatives: `(?:é|è)`")
                }
            }
            kind => Flaw::new(place(error.span()), kind.to_string()),
        })
}

fn syntax(source: &str) -> Result<Ast, Box<ast::Error>> {
    let mut parser = ast::parse::ParserBuilder::new()
        .nest_limit(MAX_NEST)
        .build();
    parser.parse(source).map_err(Box::new)
}

fn place(span: &ast::Span) -> Range<usize> {
    span.start.offset..span.end.offset
}

/// Refuses the flag that would make `.` and classes stand for characters.
struct NoUnicode;

impl NoUnicode {
    fn look(flags: &ast::Flags) -> Result<(), Flaw> {
        match flags.flag_state(ast::Flag::Unicode) {
            Some(true) => Err(Flaw::new(
                place(&flags.span),
                "strings are bytes: there is no flag `u`",
            )),
            _ => Ok(()),
        }
    }
}

impl ast::Visitor for NoUnicode {
    type Output = ();
    type Err = Flaw;

    fn finish(self) -> Result<(), Flaw> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Flaw> {
        match ast {
            Ast::Flags(set) => Self::look(&set.flags),
            Ast::Group(group) => group.flags().map_or(Ok(()), Self::look),
            _ => Ok(()),
        }
    }
}

/// Parts at the begin or the end of a sound regex that could be left out: a regex is about any part of
/// the string, so `.*` there says nothing. Not of one that says nothing else.
pub fn idle_parts(source: &[u8]) -> Option<Range<usize>> {
    let source = str::from_utf8(source).ok()?;
    let Ok(Ast::Concat(ref all)) = syntax(source) else {
        return None;
    };
    let parts = &all.asts;
    let free = parts.iter().take_while(|part| is_anything(part)).count();
    if (1..parts.len()).contains(&free) {
        return Some(0..place(parts[free].span()).start);
    }
    let free = parts
        .iter()
        .rev()
        .take_while(|part| is_anything(part))
        .count();
    if (1..parts.len()).contains(&free) {
        return Some(place(parts[parts.len() - free].span()).start..source.len());
    }
    // Flags may change what `^`, `$` and `.` are.
    if source.contains("(?") {
        return None;
    }
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return None;
    };
    if let Some(second) = parts.get(1).filter(|second| is_anything(second))
        && is_edge(first)
        && (parts.len() > 3 || !is_edge(last))
    {
        return Some(0..place(second.span()).end);
    }
    let before = parts.len().checked_sub(2).map(|at| &parts[at])?;
    let idle = is_anything(before) && is_edge(last) && (parts.len() > 3 || !is_edge(first));
    idle.then(|| place(before.span()).start..source.len())
}

fn is_anything(part: &Ast) -> bool {
    matches!(part, Ast::Repetition(repetition)
        if matches!(repetition.op.kind, ast::RepetitionKind::ZeroOrMore)
            && matches!(*repetition.ast, Ast::Dot(_)))
}

fn is_edge(part: &Ast) -> bool {
    use ast::AssertionKind::{EndLine, EndText, StartLine, StartText};
    matches!(part, Ast::Assertion(edge)
        if matches!(edge.kind, EndLine | EndText | StartLine | StartText))
}
