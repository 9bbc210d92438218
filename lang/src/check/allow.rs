//! `// tracee: allow(TP2207) reason "…"`: silences a warning on one line, its own or, where it stands
//! alone, the next one with something on it. Enter at [`apply`].

use std::ops::Range;

use crate::codes;
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::source::{FileId, SourceMap, Span};
use crate::token::{Token, lex};

/// One comment that allows warnings.
struct Allow {
    codes: Vec<Code>,
    /// The bytes of the line that it is for.
    line: Range<usize>,
    comment: Span,
}

/// Takes out the warnings that a file allows, and says what is wrong with its comments.
pub(super) fn apply(map: &SourceMap, file: FileId, diagnostics: &mut Vec<Diagnostic>) {
    let text = map.get(file).map(|file| &*file.text).unwrap_or_default();
    if !text.contains("tracee:") {
        return;
    }
    let mut allows = Vec::new();
    let tokens: Vec<_> = lex(text).collect();
    for (at, (token, range)) in tokens.iter().enumerate() {
        let comment = text.get(range.clone()).unwrap_or_default();
        let Some(written) = directive(comment).filter(|_| *token == Token::Comment) else {
            continue;
        };
        let span = Span::new(file, range.start, range.end);
        match parse(written) {
            Ok(codes) => {
                let own = line_of(text, range.start);
                let alone = text[own.start..range.start].trim().is_empty();
                let next = tokens[at..].iter().find(|(token, _)| {
                    !matches!(
                        token,
                        Token::Whitespace | Token::Comment | Token::DocComment
                    )
                });
                let line = match next.filter(|_| alone) {
                    Some((_, next)) => line_of(text, next.start),
                    None => own,
                };
                allows.push(Allow {
                    codes,
                    line,
                    comment: span,
                });
            }
            Err(message) => diagnostics.push(
                Diagnostic::error(codes::BAD_ALLOW, message, span)
                    .help("write `// tracee: allow(TP2207) reason \"…\"`"),
            ),
        }
    }
    let broken = diagnostics
        .iter()
        .any(|d| d.severity == Severity::Error && d.span().file == file);
    for allow in allows {
        for code in &allow.codes {
            let before = diagnostics.len();
            diagnostics.retain(|diagnostic| {
                let place = diagnostic.span();
                !(diagnostic.code == *code
                    && place.file == file
                    && allow.line.contains(&(place.start as usize)))
            });
            // In a file with errors, the warning may not have been looked for.
            if diagnostics.len() == before && !broken {
                let message = format!("there is no {code} to allow");
                diagnostics.push(
                    Diagnostic::warning(codes::UNUSED_ALLOW, message, allow.comment)
                        .help("remove it"),
                );
            }
        }
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

/// The line that a byte is on.
fn line_of(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    start..end
}
