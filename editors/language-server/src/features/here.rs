//! The place that a request is about, and what stands there. Enter at [`Here::subject`].

use std::rc::Rc;

use gen_lsp_types::TextDocumentPositionParams;
use tracee_lang::attack::{self, Technique};
use tracee_lang::check::resolve::DeclarationId;
use tracee_lang::manual::Page;
use tracee_lang::schema::Event;
use tracee_lang::source::FileId;
use tracee_lang::stdlib;
use tracee_lang::token::Token;

use super::hover::page;
use crate::analysis::Analysis;
use crate::server::Server;
use crate::syntax::Syntax;
use crate::syntax::fields::{Known, Scope, path_to};
use crate::syntax::place::{Kind, Walk};
use crate::text::Text;

/// A place in a document.
pub(crate) struct Here {
    pub(crate) analysis: Rc<Analysis>,
    pub(crate) text: Rc<Text>,
    pub(crate) offset: usize,
    /// The word there.
    pub(crate) word: Option<usize>,
}

/// What a word stands for.
#[derive(Debug)]
pub(crate) enum Subject {
    /// A list, `let`, rule or policy.
    Declared(DeclarationId),
    Event(&'static Event),
    /// A set of events, by its name.
    Set(&'static str),
    Known(Known),
    Technique(&'static Technique),
    /// A word of the language.
    Page(&'static Page),
    /// What an import is called, or its path: the path.
    Alias(String),
    /// A parameter, with its type.
    Local(String),
}

impl Here {
    /// The place, if its document is open.
    pub(crate) fn of(server: &Server, params: &TextDocumentPositionParams) -> Option<Self> {
        let uri = &params.text_document.uri.0;
        let text = server.documents.get(uri)?.text.clone();
        let offset = text.offset(params.position);
        Some(Self {
            analysis: server.analysis(uri)?,
            word: text.syntax().word_at(offset),
            text,
            offset,
        })
    }

    /// The tokens of the document.
    pub(crate) fn syntax(&self) -> &Syntax {
        self.text.syntax()
    }

    /// The list, `let`, rule or policy that is declared or named here.
    pub(crate) fn declared(&self) -> Option<DeclarationId> {
        let word = self.syntax().words.get(self.word?)?;
        // The end of a word is its own, not that of what touches it.
        let at = u32::try_from(self.offset.clamp(word.start, word.end)).ok()?;
        let id = self.analysis.declared_at(FileId(0), at)?;
        self.syntax().is_name(self.word?).then_some(id)
    }

    /// What the word stands for.
    pub(crate) fn subject(&self) -> Option<Subject> {
        let at = self.word?;
        if let Some(id) = self.declared() {
            return Some(Subject::Declared(id));
        }
        let syntax = self.syntax();
        let walk = Walk::to(syntax, at);
        subject(syntax, &walk, at)
    }
}

/// What a word stands for, beside what files declare.
pub(crate) fn subject(syntax: &Syntax, walk: &Walk<'_>, at: usize) -> Option<Subject> {
    let written = syntax.written(at);
    let in_rule = walk.block() == Kind::Rule;
    let own_page = || page(written).map(Subject::Page);
    // Import paths.
    if let Some(found) = imported(syntax, walk, at) {
        return Some(found);
    }
    if walk.at_begin() && walk.kind() != Kind::Output && walk.kind() != Kind::Given {
        return own_page();
    }
    if !syntax.is_name(at) {
        return match syntax.token(at)? {
            Token::Tilde => page(syntax.written(at.checked_sub(1)?)).map(Subject::Page),
            _ => own_page(),
        };
    }
    if in_rule && walk.head() == Some(Token::Attack) {
        return attack::lookup(written).map(Subject::Technique);
    }
    let names_event = walk.is_after(Token::On)
        || walk.is_after(Token::Select)
        || (walk.block() == Kind::Test && walk.is_after(Token::Given));
    if names_event {
        if let Some(set) = set(syntax, at) {
            return Some(Subject::Set(set));
        }
        if let Some(event) = stdlib::schema().event_named(written) {
            return Some(Subject::Event(event));
        }
    }
    let given = walk.block() == Kind::Given;
    if walk.in_condition() || given {
        let hard = syntax.token(at).is_some_and(is_hard);
        let behind_dot = at > 0 && syntax.token(at - 1) == Some(Token::Dot);
        if hard && !behind_dot {
            return own_page();
        }
        let scope = Scope::of(walk);
        let (_, mut path) = path_to(syntax, at);
        if given && !behind_dot {
            // Maps are within each other: `proc: { parent: { uid: 0 } }`.
            let maps = walk.frames.iter().filter(|frame| frame.kind == Kind::Given);
            let names = maps.skip(1).filter_map(|frame| frame.name);
            let mut whole: Vec<&str> = names.map(|at| syntax.written(at)).collect();
            let is_value = walk
                .frames
                .last()
                .is_some_and(|frame| !frame.clause.is_empty());
            if !is_value {
                whole.append(&mut path);
                path = whole;
            }
        }
        if let Some(known) = scope.resolve(&path) {
            return Some(match known {
                Known::Parameter => Subject::Local(parameter(syntax, walk, written)?),
                known => Subject::Known(known),
            });
        }
    }
    let is_word = syntax.token(at).is_some_and(|token| token != Token::Ident);
    if is_word && !walk.in_condition() && !given {
        return own_page();
    }
    None
}

/// The set that `set.fs` names, at either of its words.
fn set(syntax: &Syntax, at: usize) -> Option<&'static str> {
    let behind_dot = at
        .checked_sub(2)
        .filter(|_| syntax.token(at - 1) == Some(Token::Dot));
    let first = match behind_dot {
        Some(first) => first,
        None => Some(at).filter(|_| syntax.token(at + 1) == Some(Token::Dot))?,
    };
    let named = syntax.written(first + 2);
    let mut sets = stdlib::schema().sets().into_iter();
    sets.find(|set| *set == named && syntax.written(first) == "set")
}

/// Words that are never names in conditions.
fn is_hard(token: Token) -> bool {
    matches!(
        token,
        Token::And
            | Token::Or
            | Token::Not
            | Token::In
            | Token::Has
            | Token::Any
            | Token::All
            | Token::True
            | Token::False
            | Token::Where
            | Token::Exists
            | Token::Prefix
            | Token::Suffix
            | Token::Contains
            | Token::Glob
            | Token::Regex
            | Token::Under
    )
}

/// `p: path`, of a parameter.
fn parameter(syntax: &Syntax, walk: &Walk<'_>, name: &str) -> Option<String> {
    let mut parameters = walk.parameters.iter();
    let at = *parameters.find(|at| syntax.written(**at) == name)?;
    let mut end = at;
    while !matches!(
        syntax.token(end + 1),
        None | Some(Token::Comma | Token::RightParen)
    ) {
        end += 1;
    }
    let (first, last) = (syntax.words.get(at)?, syntax.words.get(end)?);
    Some(syntax.text().get(first.start..last.end)?.to_owned())
}

/// The path or the name of an import, or that name before a dot.
fn imported(syntax: &Syntax, walk: &Walk<'_>, at: usize) -> Option<Subject> {
    let word = syntax.words.get(at)?;
    let mut imports = syntax.outline.imports.iter();
    if walk.head() == Some(Token::Import) && walk.block() == Kind::File {
        let import = imports.find(|import| {
            import.source_at.start <= word.start
                && word.start <= import.source_at.end + 64
                && (import.source_at.contains(&word.start)
                    || import.alias.as_deref() == Some(syntax.written(at)))
        })?;
        return import.path.clone().map(Subject::Alias);
    }
    let before = at > 0 && syntax.token(at - 1) == Some(Token::Dot);
    if before || syntax.token(at + 1) != Some(Token::Dot) {
        return None;
    }
    let import = imports.find(|import| import.alias.as_deref() == Some(syntax.written(at)))?;
    import.path.clone().map(Subject::Alias)
}
