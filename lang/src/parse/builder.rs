//! What the grammar's actions call: places, names, literals, doc comments, and the mistakes that the
//! grammar accepts so that they can be named here.

use std::collections::HashMap;

use super::{Spanned, errors, literal};
use crate::ast::{Expr, Int, Name, On, Text};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::{FileId, Span};
use crate::suggest::nearest;
use crate::token::Token;

/// The state of one parse.
#[derive(Debug)]
pub(crate) struct Builder<'a> {
    file: FileId,
    text: &'a str,
    tokens: &'a [Spanned],
    /// Doc comments by the first byte of the token after them.
    docs: HashMap<usize, String>,
    diagnostics: Vec<Diagnostic>,
}

/// Where a clause stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Outside of all blocks.
    File,
    /// In an event.
    Event,
    /// In a policy.
    Policy,
    /// In a rule.
    Rule,
}

/// Which clauses and declarations there are, and where.
const CLAUSES: &[(Place, &[&str])] = &[
    (
        Place::File,
        &[
            "event", "enum", "flags", "struct", "list", "let", "policy", "rule",
        ],
    ),
    (Place::Event, &["id", "sets", "hook"]),
    (Place::Policy, &["version", "scope", "select", "rule"]),
    (
        Place::Rule,
        &["id", "title", "severity", "attack", "on", "message"],
    ),
];

/// What the language has, but not this version.
const NOT_YET: &[(Place, &[&str])] = &[
    (Place::File, &["import", "test", "edition"]),
    (
        Place::Policy,
        &["description", "labels", "mode", "use", "except"],
    ),
    (
        Place::Rule,
        &[
            "description",
            "references",
            "except",
            "output",
            "action",
            "sequence",
            "count",
            "first",
            "together",
            "cooldown",
        ],
    ),
];

fn words(table: &[(Place, &'static [&'static str])], place: Place) -> &'static [&'static str] {
    table
        .iter()
        .find(|(at, _)| *at == place)
        .map_or(&[], |(_, words)| words)
}

impl Place {
    fn noun(self) -> &'static str {
        match self {
            Self::File => "declaration",
            _ => "clause",
        }
    }

    /// `in a rule`
    fn within(self) -> &'static str {
        match self {
            Self::File => "outside of a policy",
            Self::Event => "in an event",
            Self::Policy => "in a policy",
            Self::Rule => "in a rule",
        }
    }
}

impl<'a> Builder<'a> {
    pub(super) fn new(file: FileId, text: &'a str, tokens: &'a [Spanned]) -> Self {
        let mut docs = HashMap::new();
        let mut doc: Vec<&str> = Vec::new();
        for &(start, token, end) in tokens {
            match token {
                Token::DocComment => {
                    let line = &text[start + 3..end];
                    doc.push(line.strip_prefix(' ').unwrap_or(line).trim_end());
                }
                Token::Whitespace | Token::Comment => {}
                _ if doc.is_empty() => {}
                _ => {
                    docs.insert(start, doc.join("\n"));
                    doc.clear();
                }
            }
        }
        Self {
            file,
            text,
            tokens,
            docs,
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        // An empty construct has its start after its end.
        Span::new(self.file, start, end.max(start))
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The doc comment before the token at `start`.
    pub(crate) fn doc(&self, start: usize) -> String {
        self.docs.get(&start).cloned().unwrap_or_default()
    }

    pub(crate) fn name(&self, start: usize, end: usize) -> Name {
        Name {
            text: self.slice(start, end).to_owned(),
            span: self.span(start, end),
        }
    }

    pub(crate) fn on(&self, on: (Vec<Name>, Option<Expr>), start: usize, end: usize) -> On {
        On {
            events: on.0,
            condition: on.1,
            span: self.span(start, end),
        }
    }

    /// The clauses of a block, with an error at the end if something there was skipped.
    pub(crate) fn clauses<T>((mut clauses, skipped): (Vec<T>, bool), error: T) -> Vec<T> {
        clauses.extend(skipped.then_some(error));
        clauses
    }

    pub(crate) fn int(&mut self, start: usize, end: usize) -> Int {
        let text = self.slice(start, end);
        let span = self.span(start, end);
        let value = literal::integer(text).unwrap_or_else(|| {
            let message = format!("`{text}` is not a number");
            self.diagnostics
                .push(Diagnostic::error(codes::BAD_NUMBER, message, span));
            0
        });
        Int { value, span }
    }

    /// A string of any kind of quotes.
    pub(crate) fn text(&mut self, start: usize, end: usize) -> Text {
        let text = self.slice(start, end);
        let span = self.span(start, end);
        let inside = match (text.strip_prefix('"'), text.strip_prefix('\'')) {
            (Some(rest), _) => match rest.strip_suffix('"') {
                Some(inside) => inside,
                None => {
                    let message = "the string is not closed";
                    self.diagnostics.push(
                        Diagnostic::error(codes::BAD_STRING, message, span)
                            .help("a string ends on its line with `\"`"),
                    );
                    return Text {
                        bytes: rest.trim_end().into(),
                        span,
                    };
                }
            },
            (_, Some(rest)) => {
                let inside = rest.strip_suffix('\'').unwrap_or(rest);
                let message = "strings are written in double quotes";
                let mut diagnostic = Diagnostic::error(codes::BAD_STRING, message, span);
                if !inside.contains(['"', '\\']) {
                    diagnostic =
                        diagnostic.fix("write double quotes", span, format!("\"{inside}\""));
                }
                self.diagnostics.push(diagnostic);
                return Text {
                    bytes: inside.into(),
                    span,
                };
            }
            _ => text,
        };
        let (bytes, wrong) = literal::unescape(inside);
        for (range, message) in wrong {
            let span = self.span(start + 1 + range.start, start + 1 + range.end);
            self.diagnostics.push(
                Diagnostic::error(codes::BAD_STRING, message, span)
                    .help("a backslash itself is written `\\\\`"),
            );
        }
        Text { bytes, span }
    }

    /// Reports a sign or word for which the language has another.
    pub(crate) fn instead(&mut self, start: usize, end: usize, right: &str) {
        let wrong = self.slice(start, end);
        let shown = right.trim_end();
        let message = match shown {
            "==" => "`=` does not compare".to_owned(),
            _ => format!("`{wrong}` is not an operator of the language"),
        };
        let title = format!("write `{shown}`");
        let span = self.span(start, end);
        self.diagnostics.push(
            Diagnostic::error(codes::WRONG_WORD, message, span)
                .help(title.clone())
                .fix(title, span, right),
        );
    }

    /// Reports a hard word as a declaration's name.
    pub(crate) fn reserved(&mut self, name: Name) -> Name {
        let message = format!(
            "`{}` is a word of the language and can't be a name",
            name.text
        );
        self.diagnostics
            .push(Diagnostic::error(codes::RESERVED_WORD, message, name.span));
        name
    }

    /// Reports a clause that does not belong to its place.
    pub(crate) fn stray(&mut self, word: Name, place: Place) {
        let text = word.text.as_str();
        let (noun, within) = (place.noun(), place.within());
        let not_yet = words(NOT_YET, place).contains(&text);
        let elsewhere = || {
            [CLAUSES, NOT_YET]
                .into_iter()
                .flatten()
                .find(|(at, words)| *at != place && *at != Place::Event && words.contains(&text))
        };
        let diagnostic = if not_yet {
            let message = format!("`{text}` is not supported yet");
            Diagnostic::error(codes::NOT_YET, message, word.span)
        } else if let Some((belongs, _)) = elsewhere() {
            let message = format!("`{text}` can't stand {within}");
            Diagnostic::error(codes::MISPLACED_CLAUSE, message, word.span)
                .help(format!("it belongs {}", belongs.within()))
        } else {
            let candidates = words(CLAUSES, place)
                .iter()
                .chain(words(NOT_YET, place))
                .copied();
            let message = format!("unknown {noun} `{text}` {within}");
            let diagnostic = Diagnostic::error(codes::UNKNOWN_CLAUSE, message, word.span);
            match nearest(text, candidates) {
                Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")).fix(
                    format!("write `{meant}`"),
                    word.span,
                    meant,
                ),
                None => {
                    let list: Vec<_> = words(CLAUSES, place)
                        .iter()
                        .map(|word| format!("`{word}`"))
                        .collect();
                    diagnostic.help(format!("there are {}", list.join(", ")))
                }
            }
        };
        self.diagnostics.push(diagnostic);
    }

    /// Reports what the parser skipped.
    pub(crate) fn syntax_error(&mut self, recovery: errors::Recovery) {
        self.report(recovery.error);
    }

    pub(super) fn report(&mut self, error: errors::Error) {
        self.diagnostics
            .push(errors::describe(self.file, self.text, self.tokens, error));
    }
}
