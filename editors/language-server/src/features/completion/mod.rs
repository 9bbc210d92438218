//! What can be written at the cursor. Enter at [`completion`].
//!
//! It goes by the words before the cursor, because what is being typed is no tree: [`place`] says what
//! is wanted there, [`clauses`] has declarations and clauses, [`conditions`] what stands in conditions,
//! [`rules`] names of rules and policies, [`given`] the fields of tests, [`imports`] files and lists.

mod clauses;
mod conditions;
mod given;
mod imports;
mod items;
mod rules;

use std::rc::Rc;

use gen_lsp_types::{CompletionItem, CompletionParams};
use tracee_lang::token::Token;

use crate::loader::File;
use crate::server::Server;
use crate::syntax::Syntax;
use crate::syntax::fields::path_to;
use crate::syntax::place::{Kind, Walk};
use crate::text::Text;
use items::Items;

/// The cursor, with what is before it.
struct Cursor<'a> {
    server: &'a Server,
    uri: &'a str,
    text: &'a Text,
    syntax: &'a Syntax,
    walk: Walk<'a>,
    /// The word that is being typed, or else the next one.
    at: usize,
    offset: usize,
    /// The names before the dot that is before the cursor.
    path: Vec<&'a str>,
}

/// `textDocument/completion`.
pub(crate) fn completion(server: &Server, params: CompletionParams) -> Option<Vec<CompletionItem>> {
    let place = params.text_document_position_params;
    let uri = place.text_document.uri.0;
    let text = server.documents.get(&uri)?.text.clone();
    let offset = text.offset(place.position);
    let syntax = text.syntax();
    let in_comment =
        |(_, range): &(Token, std::ops::Range<usize>)| range.start < offset && offset <= range.end;
    if syntax.comments.iter().any(in_comment) {
        return None;
    }
    // The word that ends at the cursor, or goes on behind it.
    let at = syntax.words.partition_point(|word| word.end < offset);
    let typing = syntax
        .words
        .get(at)
        .is_some_and(|word| word.start < offset && syntax.is_name(at));
    let at = match typing {
        true => at,
        false => syntax.words.partition_point(|word| word.start < offset),
    };
    let walk = match typing {
        true => Walk::to(syntax, at),
        false => Walk::before(syntax, at),
    };
    let behind_dot = at >= 2 && syntax.token(at - 1) == Some(Token::Dot);
    let path = match behind_dot && syntax.is_name(at - 2) {
        true => path_to(syntax, at - 2).1,
        false => Vec::new(),
    };
    let start = match typing {
        true => syntax.words.get(at)?.start,
        false => offset,
    };
    let cursor = Cursor {
        server,
        uri: &uri,
        text: &text,
        syntax,
        walk,
        at,
        offset,
        path,
    };
    let end = match typing {
        true => syntax.words.get(at)?.end,
        false => offset,
    };
    let mut items = Items::new(text.range_of(start..end), server.client.snippets);
    cursor.complete(&mut items);
    Some(items.done())
}

impl Cursor<'_> {
    fn complete(&self, items: &mut Items) {
        if let Some(string) = self.string() {
            return self.in_string(string, items);
        }
        let head = self.walk.head();
        if self.walk.at_begin() && self.path.is_empty() {
            return match self.walk.kind() {
                Kind::File => clauses::declarations(items),
                Kind::Policy => clauses::of_policy(items),
                Kind::Rule => clauses::of_rule(items),
                Kind::Test => clauses::of_test(items),
                Kind::Given => given::fields(self, items),
                _ => {}
            };
        }
        match (self.walk.block(), head) {
            _ if self.walk.in_condition() => conditions::complete(self, items),
            (Kind::Given, _) => given::complete(self, items),
            (Kind::Rule, Some(Token::On)) | (Kind::Policy, Some(Token::Select)) => {
                if self.path == ["set"] {
                    self.sets(items);
                    return;
                }
                self.events(items);
                items.word("set", "the events of a set: `set.NAME`");
                if self.behind_name() {
                    items.word("where", "the condition");
                }
            }
            (Kind::Rule, Some(Token::Severity)) => clauses::severities(items),
            (Kind::Rule, Some(Token::Attack)) => clauses::techniques(self, items),
            (Kind::Rule, Some(Token::Action)) => items.word("alert", "say that it matched"),
            (Kind::Policy, Some(Token::Mode)) => items.word("monitor", "watch, and change nothing"),
            (Kind::Policy, Some(Token::Use)) => rules::usable(self, items),
            (Kind::Policy | Kind::Rule, Some(Token::Except)) => rules::excepted(self, items),
            (Kind::Test, Some(Token::Given)) => {
                self.events(items);
                items.word("recording", "all events of a file");
            }
            (Kind::Test, Some(Token::Expect)) => rules::expected(self, items),
            (Kind::File, Some(Token::Test)) => rules::subjects(self, items),
            (Kind::File, Some(Token::Import)) => imports::complete(self, items),
            (Kind::File, Some(Token::List)) => clauses::types(self, items),
            (Kind::File, Some(Token::Let)) => clauses::types(self, items),
            _ => {}
        }
    }

    fn events(&self, items: &mut Items) {
        for event in &tracee_lang::stdlib::schema().events {
            let first = event.doc.lines().next().unwrap_or_default();
            items.event(&event.name, first);
        }
    }

    fn sets(&self, items: &mut Items) {
        let schema = tracee_lang::stdlib::schema();
        for set in schema.sets() {
            let count = schema.events_of(set).count();
            items.event(set, &format!("{count} events"));
        }
    }

    /// The token before the cursor.
    fn before(&self) -> Option<Token> {
        self.syntax.token(self.at.checked_sub(1)?)
    }

    /// Whether a name, and no word of the clause, is before the cursor.
    fn behind_name(&self) -> bool {
        let before = self.at.checked_sub(1);
        before.is_some_and(|at| self.syntax.is_name(at) && self.walk.clause().first() != Some(&at))
    }

    /// The string that the cursor is in.
    fn string(&self) -> Option<usize> {
        let words = &self.syntax.words;
        let at = words.partition_point(|word| word.end < self.offset);
        let at = [at, at + 1].into_iter().find(|at| {
            words.get(*at).is_some_and(|word| {
                let closed = word.token == Token::String;
                matches!(
                    word.token,
                    Token::String | Token::Unterminated | Token::SingleQuoted
                ) && word.start < self.offset
                    && (self.offset < word.end || (!closed && self.offset == word.end))
            })
        })?;
        Some(at)
    }

    fn in_string(&self, string: usize, items: &mut Items) {
        let walk = Walk::to(self.syntax, string);
        match (walk.block(), walk.head()) {
            (Kind::Rule, Some(Token::Message)) => conditions::message(self, &walk, string, items),
            (Kind::File, Some(Token::Import)) => imports::paths(self, string, items),
            _ => {}
        }
    }

    /// The files that this one imports, with the names that they have here.
    fn imported(&self) -> Vec<(Option<&str>, Rc<Text>)> {
        let texts = self.server.texts().imports();
        let own = self.server.documents.get(self.uri);
        let own = own.and_then(|document| document.path.as_deref());
        let file = |written: &str| -> Option<File> {
            let path = texts.find(own, written).ok()?;
            texts.file(path).ok()
        };
        let imports = self.syntax.outline.imports.iter();
        imports
            .filter_map(|import| {
                let file = file(import.path.as_deref()?)?;
                Some((import.alias.as_deref(), file.text))
            })
            .collect()
    }
}
