//! What a text declares and imports, by its words.

use std::ops::Range;

use tracee_lang::token::Token;

use super::Syntax;
use super::place::{Kind, Walk};

/// Declarations and imports, in the order of their places.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(crate) declarations: Vec<Declared>,
    pub(crate) imports: Vec<Imported>,
}

/// What is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    List,
    Let,
    Policy,
    Rule,
    Test,
    /// An event, enum, flag set or struct.
    Schema,
}

/// A declaration.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    pub(crate) what: What,
    /// Of a test its title, without quotes.
    pub(crate) name: String,
    pub(crate) name_at: Range<usize>,
    /// From its first word to its last.
    pub(crate) span: Range<usize>,
    /// Of the words: from the first to behind the last.
    pub(crate) words: Range<usize>,
    pub(crate) doc: String,
    /// The policy that a rule stands in.
    pub(crate) policy: Option<String>,
    /// Of a `let`, in its parentheses; of a list, the type.
    pub(crate) parameters: Option<String>,
    /// Of a rule.
    pub(crate) events: Vec<String>,
}

/// An import.
#[derive(Debug, Clone)]
pub(crate) struct Imported {
    /// In quotes.
    pub(crate) path: Option<String>,
    /// `shells`, of `import std.shells;`.
    pub(crate) standard: Option<String>,
    pub(crate) alias: Option<String>,
    /// What stands behind `import`.
    pub(crate) source_at: Range<usize>,
}

impl Outline {
    /// What the words declare.
    pub(super) fn of(syntax: &Syntax) -> Self {
        let mut outline = Self::default();
        let mut walk = Walk::new(syntax);
        let mut open: Vec<(usize, usize)> = Vec::new();
        for at in 0..syntax.words.len() {
            walk.begin(at);
            // A declaration ends where the walk is no deeper than it was before it.
            while let Some((depth, of)) = open.last().copied()
                && walk.depth() <= depth
                && walk.at_begin()
            {
                outline.end(syntax, of, at);
                open.pop();
            }
            if walk.at_begin()
                && let Some(declared) = declared(syntax, at, &walk)
            {
                open.push((walk.depth(), outline.declarations.len()));
                outline.declarations.push(declared);
            } else if walk.at_begin() && walk.kind() == Kind::File {
                outline.imports.extend(imported(syntax, at));
            }
            if let Some((_, of)) = open.last()
                && walk.is_after(Token::On)
                && matches!(walk.kind(), Kind::Rule)
                && syntax.is_name(at)
                && syntax.token(at) != Some(Token::Where)
            {
                let event = syntax.written(at).to_owned();
                let rule = &mut outline.declarations[*of];
                if rule.what == What::Rule && !rule.events.contains(&event) {
                    rule.events.push(event);
                }
            }
            walk.step(at);
        }
        for (_, of) in open {
            outline.end(syntax, of, syntax.words.len());
        }
        outline
    }

    fn end(&mut self, syntax: &Syntax, of: usize, behind: usize) {
        let last = behind.checked_sub(1).and_then(|at| syntax.words.get(at));
        if let (Some(declared), Some(last)) = (self.declarations.get_mut(of), last) {
            declared.span.end = last.end.max(declared.name_at.end);
            declared.words.end = behind;
        }
    }

    /// The innermost declaration around an offset.
    pub(crate) fn around(&self, offset: usize) -> Option<&Declared> {
        let around =
            |declared: &&Declared| declared.span.start <= offset && offset <= declared.span.end;
        self.declarations.iter().rev().find(around)
    }

    /// The declarations of one kind.
    pub(crate) fn of_kind(&self, what: What) -> impl Iterator<Item = &Declared> {
        let declarations = self.declarations.iter();
        declarations.filter(move |declared| declared.what == what)
    }
}

/// What a word at the begin of a clause declares.
fn declared(syntax: &Syntax, at: usize, walk: &Walk<'_>) -> Option<Declared> {
    let in_file = walk.kind() == Kind::File;
    let what = match syntax.token(at)? {
        Token::List if in_file => What::List,
        Token::Let if in_file => What::Let,
        Token::Policy if in_file => What::Policy,
        Token::Rule if in_file || walk.kind() == Kind::Policy => What::Rule,
        Token::Test if in_file => What::Test,
        Token::Event | Token::Enum | Token::Flags | Token::Struct if in_file => What::Schema,
        _ => return None,
    };
    let name = match what {
        What::Test => syntax.token(at + 1) == Some(Token::String),
        _ => syntax.is_name(at + 1),
    };
    let word = syntax.words.get(at)?;
    let name_at = match name {
        true => syntax.words.get(at + 1)?.range(),
        false => word.end..word.end,
    };
    let parameters = match (what, syntax.token(at + 2)) {
        (What::Let, Some(Token::LeftParen)) => Some(between(syntax, at + 2, Token::RightParen)),
        (What::List, Some(Token::Colon)) => Some(between(syntax, at + 2, Token::Assign)),
        _ => None,
    };
    let name = syntax.text().get(name_at.clone()).unwrap_or_default();
    Some(Declared {
        what,
        name: match what {
            What::Test => unquoted(name),
            _ => name.to_owned(),
        },
        span: word.start..name_at.end,
        name_at,
        words: at..at + 1,
        doc: syntax.doc(at),
        policy: walk.policy().map(str::to_owned),
        parameters,
        events: Vec::new(),
    })
}

/// A string as it is meant, as far as a title goes.
fn unquoted(written: &str) -> String {
    let inner = written.strip_prefix('"').unwrap_or(written);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    inner.replace("\\\"", "\"").replace("\\\\", "\\")
}

/// The text between a word and the next one of a kind, in the same clause.
fn between(syntax: &Syntax, from: usize, end: Token) -> String {
    let stops = [end, Token::Semicolon, Token::LeftBrace];
    let mut to = from + 1;
    while syntax
        .token(to)
        .is_some_and(|token| !stops.contains(&token))
    {
        to += 1;
    }
    let word = |at: usize| syntax.words.get(at);
    let text = match (word(from), word(to - 1)) {
        (Some(first), Some(last)) => syntax.text().get(first.end..last.end.max(first.end)),
        _ => None,
    };
    text.unwrap_or_default().trim().to_owned()
}

fn imported(syntax: &Syntax, at: usize) -> Option<Imported> {
    if syntax.token(at)? != Token::Import {
        return None;
    }
    let source = syntax.words.get(at + 1)?;
    let path = (source.token == Token::String)
        .then(|| syntax.written(at + 1).trim_matches('"').to_owned());
    let is_standard = syntax.written(at + 1) == "std" && syntax.token(at + 2) == Some(Token::Dot);
    let standard = is_standard.then(|| syntax.written(at + 3).to_owned());
    let end = if is_standard { at + 4 } else { at + 2 };
    let alias = (syntax.token(end) == Some(Token::As) && syntax.is_name(end + 1))
        .then(|| syntax.written(end + 1).to_owned());
    Some(Imported {
        path,
        standard,
        alias,
        source_at: source.start..syntax.words.get(end - 1)?.end,
    })
}
