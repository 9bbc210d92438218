//! `// tracee: allow(TP2207) reason "…"`: silences a warning in one clause: the one that ends on its line
//! or, where it stands alone, the next. Above a declaration, or behind its `}`, it is for all of that;
//! but above a policy only for the line that opens it. Enter at [`Allows::of`].
//!
//! So it does not depend on how a file is laid out ([`units`]): the formatter may divide a line.

mod units;

use std::collections::HashMap;

use crate::codes;
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::source::{FileId, SourceMap, Span};
use crate::token::{Token, lex};
use units::{Reach, Units};

/// What comments allow.
#[derive(Debug, Default)]
pub(super) struct Allows {
    /// Files with such comments.
    files: HashMap<FileId, Units>,
    /// Which of `all` reach how far.
    reaches: HashMap<(FileId, Reach), Vec<usize>>,
    all: Vec<Allow>,
}

/// One code in one comment.
#[derive(Debug)]
struct Allow {
    code: Code,
    used: bool,
    comment: Span,
}

impl Allows {
    /// Reads the comments of files, and says what is wrong with them.
    pub(super) fn of(map: &SourceMap, files: &[FileId], wrong: &mut Vec<Diagnostic>) -> Self {
        let mut allows = Self::default();
        for file in files {
            allows.read(map, *file, wrong);
        }
        allows
    }

    fn read(&mut self, map: &SourceMap, id: FileId, wrong: &mut Vec<Diagnostic>) {
        let Some(file) = map.get(id).filter(|file| file.text.contains("tracee:")) else {
            return;
        };
        let units = Units::of(&file.text);
        for (token, range) in lex(&file.text) {
            let comment = file.text.get(range.clone()).unwrap_or_default();
            let Some(written) = directive(comment).filter(|_| token == Token::Comment) else {
                continue;
            };
            let span = Span::new(id, range.start, range.end);
            match parse(written) {
                Ok(codes) => {
                    let begin = self.all.len();
                    self.all.extend(codes.into_iter().map(|code| Allow {
                        code,
                        used: false,
                        comment: span,
                    }));
                    let line = file.line(range.start);
                    let on_line = |end| file.line(end) == line;
                    let reach = match units.end_before(range.start).filter(|end| on_line(*end)) {
                        Some(_) => units.before(range.start),
                        None => units.after(range.end),
                    };
                    if let Some(reach) = reach {
                        let there = self.reaches.entry((id, reach)).or_default();
                        there.extend(begin..self.all.len());
                    }
                }
                Err(message) => wrong.push(
                    Diagnostic::error(codes::BAD_ALLOW, message, span)
                        .help("write `// tracee: allow(TP2207) reason \"…\"`"),
                ),
            }
        }
        self.files.insert(id, units);
    }

    /// Whether a diagnostic is a warning that is allowed where it is.
    pub(super) fn allow(&mut self, diagnostic: &Diagnostic) -> bool {
        let place = diagnostic.span();
        let Some(units) = self.files.get(&place.file) else {
            return false;
        };
        if diagnostic.severity != Severity::Warning {
            return false;
        }
        let reaches = units.around(place.start as usize);
        let there = reaches.filter_map(|reach| self.reaches.get(&(place.file, reach)));
        let mut allowed = there.flatten().copied();
        match allowed.find(|at| self.all[*at].code == diagnostic.code) {
            Some(at) => {
                self.all[at].used = true;
                true
            }
            None => false,
        }
    }

    /// Warnings about what was allowed and was not there.
    pub(super) fn unused(self) -> impl Iterator<Item = Diagnostic> {
        let unused = self.all.into_iter().filter(|allow| !allow.used);
        unused.map(|allow| {
            let message = format!("there is no {} to allow", allow.code);
            Diagnostic::warning(codes::UNUSED_ALLOW, message, allow.comment).help("remove it")
        })
    }
}

/// What a comment says to tracee.
fn directive(comment: &str) -> Option<&str> {
    let said = comment.strip_prefix("//")?.trim_start();
    said.strip_prefix("tracee:").map(str::trim)
}

fn parse(written: &str) -> Result<Vec<Code>, String> {
    let rest = written.strip_prefix("allow").map(str::trim_start);
    let inner = rest.and_then(|rest| rest.strip_prefix('(')?.split_once(')'));
    let Some((list, rest)) = inner else {
        return Err("this comment for tracee is not understood".into());
    };
    let codes: Vec<Code> = list
        .split(',')
        .map(|word| code(word.trim()))
        .collect::<Result<_, _>>()?;
    let reason = rest.trim().strip_prefix("reason").map(str::trim);
    let reason = reason.and_then(|reason| reason.strip_prefix('"')?.strip_suffix('"'));
    match reason {
        Some(reason) if !reason.trim().is_empty() => Ok(codes),
        _ => Err("a warning is allowed for a reason".into()),
    }
}

/// The code of a warning that has a line.
fn code(word: &str) -> Result<Code, String> {
    let digits = word.strip_prefix("TP").filter(|digits| digits.len() == 4);
    let code = digits.and_then(|digits| digits.parse().ok()).map(Code);
    match code.filter(|code| codes::info(*code).is_some()) {
        None => Err(format!("there is no code `{word}`")),
        Some(code) if code.0 < 2000 => Err(format!("`{word}` is an error, which can't be allowed")),
        Some(code) if (2100..2200).contains(&code.0) || code == codes::UNUSED_ALLOW => {
            Err(format!("`{word}` can't be allowed: it is of no line"))
        }
        Some(code) => Ok(code),
    }
}
