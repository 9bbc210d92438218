//! What the grammar's actions call: places, names, literals, doc comments, and the mistakes that the
//! grammar accepts so that they can be named here.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use ecow::EcoString;

use super::again::Part;
use super::clauses::{self, Place};
use super::{Spanned, errors, literal};
use crate::address::written;
use crate::ast::{Date, Duration, Expr, ExprKind, Int, Name, On, Rule, Text};
use crate::codes;
use crate::diagnostics::{Diagnostic, MAX_REPORTED};
use crate::source::{FileId, Span};
use crate::token::Token;

/// What is wrong with the form of a file.
#[derive(Debug)]
struct Mistakes<'a> {
    all: Vec<Diagnostic>,
    /// There is one more than are reported: the parser need not go on.
    full: &'a Cell<bool>,
}

impl Mistakes<'_> {
    fn push(&mut self, diagnostic: Diagnostic) {
        if self.all.len() < MAX_REPORTED {
            self.all.push(diagnostic);
        } else if !self.full.replace(true) {
            let message =
                format!("more than {MAX_REPORTED} errors; the rest of the file is not read");
            self.all.push(Diagnostic::error(
                codes::TOO_MANY_MISTAKES,
                message,
                diagnostic.span(),
            ));
        }
    }
}

/// The state of one parse.
#[derive(Debug)]
pub(crate) struct Builder<'a> {
    file: FileId,
    text: &'a str,
    tokens: &'a [Spanned],
    /// What words stand for, by their first byte, where it is not their text.
    meant: HashMap<usize, String>,
    /// Doc comments by the first byte of the token after them.
    docs: HashMap<usize, EcoString>,
    /// Ends of malformed numbers and dates.
    malformed: HashSet<u32>,
    /// What tokens stand for that are no text, in their order; and how many of them came.
    parts: &'a [Part<'a>],
    parts_taken: usize,
    diagnostics: Mistakes<'a>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        file: FileId,
        text: &'a str,
        tokens: &'a [Spanned],
        meant: HashMap<usize, String>,
        parts: &'a [Part<'a>],
        full: &'a Cell<bool>,
    ) -> Self {
        let mut docs = HashMap::new();
        let mut doc: Vec<&str> = Vec::new();
        for &(start, token, end) in tokens {
            let (start, end) = (start as usize, end as usize);
            match token {
                Token::DocComment => {
                    let line = &text[start + 3..end];
                    doc.push(line.strip_prefix(' ').unwrap_or(line).trim_end());
                }
                Token::Whitespace | Token::Comment => {}
                _ if doc.is_empty() => {}
                _ => {
                    docs.insert(start, doc.join("\n").into());
                    doc.clear();
                }
            }
        }
        Self {
            file,
            text,
            tokens,
            meant,
            docs,
            malformed: HashSet::new(),
            parts,
            parts_taken: 0,
            diagnostics: Mistakes {
                all: Vec::new(),
                full,
            },
        }
    }

    pub(super) fn finish(self) -> Vec<Diagnostic> {
        self.diagnostics.all
    }

    /// The next rule that was parsed before; its first byte is `start` here.
    pub(crate) fn parsed(&mut self, start: usize) -> Rule {
        let part = self.parts.get(self.parts_taken);
        self.parts_taken += 1;
        let rule = part.map(|part| part.rule(start, self.doc(start)));
        rule.unwrap_or_else(|| Rule {
            doc: EcoString::new(),
            name: self.name(start, start),
            clauses: Box::default(),
            span: self.span(start, start),
        })
    }

    /// How many rules that were parsed before did not come.
    pub(super) fn parts_left(&self) -> usize {
        self.parts.len().saturating_sub(self.parts_taken)
    }

    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        // An empty construct has its start after its end.
        Span::new(self.file, start, end.max(start))
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The text of a word as it was meant.
    fn word(&self, start: usize, end: usize) -> &str {
        match self.meant.get(&start) {
            Some(meant) => meant,
            None => self.slice(start, end),
        }
    }

    /// The doc comment before the token at `start`.
    pub(crate) fn doc(&self, start: usize) -> EcoString {
        self.docs.get(&start).cloned().unwrap_or_default()
    }

    pub(crate) fn name(&self, start: usize, end: usize) -> Name {
        Name {
            text: self.word(start, end).into(),
            span: self.span(start, end),
        }
    }

    pub(crate) fn on(&self, on: (Box<[Name]>, Option<Expr>), start: usize, end: usize) -> On {
        On {
            events: on.0,
            condition: on.1,
            span: self.span(start, end),
        }
    }

    /// The clauses of a block, with an error at the end if something there was skipped.
    pub(crate) fn clauses<T>((mut clauses, skipped): (Vec<T>, bool), error: T) -> Box<[T]> {
        clauses.extend(skipped.then_some(error));
        clauses.into()
    }

    /// One and those after it.
    pub(crate) fn after<T>(first: T, rest: Vec<T>) -> Box<[T]> {
        std::iter::once(first).chain(rest).collect()
    }

    pub(crate) fn int(&mut self, start: usize, end: usize) -> Int {
        let span = self.span(start, end);
        let value = literal::integer(self.word(start, end)).unwrap_or_else(|| {
            let message = format!("`{}` is not a number", self.slice(start, end));
            self.diagnostics
                .push(Diagnostic::error(codes::BAD_NUMBER, message, span));
            self.malformed.insert(span.end);
            0
        });
        Int { value, span }
    }

    /// A number in a condition.
    pub(crate) fn int_expr(&self, int: Int) -> ExprKind {
        if self.malformed.contains(&int.span.end) {
            ExprKind::Error
        } else {
            ExprKind::Int(Box::new(int))
        }
    }

    /// A length of time in a condition.
    pub(crate) fn duration(&mut self, start: usize, end: usize) -> ExprKind {
        let text = self.slice(start, end);
        let span = self.span(start, end);
        if let Some(nanoseconds) = literal::duration(text) {
            return ExprKind::Duration(Box::new(Duration { nanoseconds, span }));
        }
        let message = format!("`{text}` is too long");
        self.diagnostics.push(
            Diagnostic::error(codes::BAD_NUMBER, message, span)
                .note("durations are kept in nanoseconds: the longest is about 584 years"),
        );
        ExprKind::Error
    }

    /// A day or a moment.
    pub(crate) fn date(&mut self, start: usize, end: usize) -> Date {
        let text = self.slice(start, end);
        let span = self.span(start, end);
        let nanoseconds = literal::date(text).unwrap_or_else(|| {
            let message = format!("`{text}` is not a date");
            self.diagnostics.push(
                Diagnostic::error(codes::BAD_NUMBER, message, span)
                    .help("write a day, `2027-01-31`, or a moment, `2027-01-31T12:00:00Z`"),
            );
            self.malformed.insert(span.end);
            0
        });
        Date { nanoseconds, span }
    }

    /// A date that is one.
    pub(crate) fn well_formed(&self, date: Date) -> Option<Date> {
        (!self.malformed.contains(&date.span.end)).then_some(date)
    }

    /// A date in a condition.
    pub(crate) fn date_expr(&self, date: Date) -> ExprKind {
        if self.malformed.contains(&date.span.end) {
            ExprKind::Error
        } else {
            ExprKind::Date(Box::new(date))
        }
    }

    /// An address or a network.
    pub(crate) fn address(&mut self, start: usize, end: usize) -> ExprKind {
        let wrong = match written::parse(self.slice(start, end)) {
            Ok(address) => return ExprKind::Address(address),
            Err(wrong) => wrong,
        };
        let span = self.span(start, end);
        let code = match wrong.host_bits {
            true => codes::HOST_BITS,
            false => codes::BAD_ADDRESS,
        };
        let mut diagnostic = Diagnostic::error(code, wrong.message, span);
        if let Some(meant) = wrong.meant {
            diagnostic = diagnostic.help(format!("did you mean `{meant}`?")).suggest(
                format!("write `{meant}`"),
                span,
                meant,
            );
        } else if let Some(help) = wrong.help {
            diagnostic = diagnostic.help(help);
        }
        self.diagnostics.push(diagnostic);
        ExprKind::Error
    }

    /// A string of any kind of quotes.
    pub(crate) fn text(&mut self, start: usize, end: usize) -> Text {
        let text = self.slice(start, end);
        let span = self.span(start, end);
        let opening = text.chars().next().unwrap_or('"');
        let rest = &text[opening.len_utf8().min(text.len())..];
        let closing = |c| match opening {
            '"' => c == '"',
            _ => matches!(c, '\'' | '‘' | '’' | '‛' | '"' | '“' | '”' | '‟' | '»'),
        };
        let Some(inside) = rest.strip_suffix(closing) else {
            self.diagnostics.push(literal::not_closed(span));
            let bytes = rest.trim_end().as_bytes().into();
            return Text { bytes, span };
        };
        if opening != '"' {
            let message = "strings are written in double quotes";
            let mut diagnostic = Diagnostic::error(codes::BAD_STRING, message, span);
            if !inside.contains(['"', '\\']) {
                diagnostic = diagnostic.fix("write double quotes", span, format!("\"{inside}\""));
            }
            self.diagnostics.push(diagnostic);
            let bytes = inside.as_bytes().into();
            return Text { bytes, span };
        }
        if !inside.contains('\\') {
            let bytes = inside.as_bytes().into();
            return Text { bytes, span };
        }
        let (bytes, wrong) = literal::unescape(inside);
        for (range, message) in wrong {
            let span = self.span(start + 1 + range.start, start + 1 + range.end);
            self.diagnostics.push(
                Diagnostic::error(codes::BAD_STRING, message, span)
                    .help("a backslash itself is written `\\\\`"),
            );
        }
        let bytes = bytes.into();
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

    /// Reports a declaration without a name.
    pub(crate) fn no_name(&mut self, start: usize) -> Name {
        let name = self.name(start, start);
        self.diagnostics.push(Diagnostic::error(
            codes::SYNTAX,
            "a name is missing",
            name.span,
        ));
        name
    }

    /// Reports a clause that does not belong to its place.
    pub(crate) fn stray(&mut self, word: Name, place: Place) {
        self.diagnostics.push(clauses::stray(&word, place));
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
