//! Colours by meaning, where words alone don't tell: events, arguments, context, constants, functions,
//! and what files declare.

use std::collections::{HashMap, HashSet};

use gen_lsp_types::{SemanticToken, SemanticTokens, SemanticTokensParams};
use tracee_lang::token::Token;

use super::here::{Subject, subject};
use crate::server::Server;
use crate::syntax::Syntax;
use crate::syntax::fields::Known;
use crate::syntax::outline::What;
use crate::syntax::place::{Kind, Walk};

/// The kinds of tokens, as the protocol names them.
pub(crate) const TYPES: &[&str] = &[
    "namespace",
    "class",
    "method",
    "event",
    "parameter",
    "property",
    "variable",
    "enumMember",
    "function",
    "type",
];
/// What is more to say of one.
pub(crate) const MODIFIERS: &[&str] = &["declaration", "readonly", "defaultLibrary"];

const DECLARATION: u32 = 1;
const READONLY: u32 = 2;
const LIBRARY: u32 = 4;

/// `textDocument/semanticTokens/full`.
pub(crate) fn tokens(server: &Server, params: SemanticTokensParams) -> Option<SemanticTokens> {
    let document = server.documents.get(&params.text_document.uri.0)?;
    let text = &document.text;
    let syntax = text.syntax();
    let declared = Declared::of(syntax);
    let mut walk = Walk::new(syntax);
    let mut data = Vec::new();
    let mut before = gen_lsp_types::Position::default();
    for (at, word) in syntax.words.iter().enumerate() {
        walk.begin(at);
        if let Some((name, modifiers)) = kind(syntax, &walk, at, &declared) {
            let range = text.range_of(word.range());
            let start = range.start;
            let same_line = start.line == before.line;
            let known = TYPES.iter().position(|known| *known == name);
            data.push(SemanticToken {
                delta_line: start.line - before.line,
                delta_start: match same_line {
                    true => start.character - before.character,
                    false => start.character,
                },
                length: range.end.character.saturating_sub(start.character),
                token_type: u32::try_from(known?).ok()?,
                token_modifiers_bitset: modifiers,
            });
            before = start;
        }
        walk.step(at);
    }
    Some(SemanticTokens {
        result_id: None,
        data,
    })
}

/// The names that a file declares and imports.
struct Declared<'s> {
    values: HashMap<&'s str, What>,
    aliases: HashSet<&'s str>,
    at: HashMap<usize, What>,
}

impl<'s> Declared<'s> {
    fn of(syntax: &'s Syntax) -> Self {
        let outline = &syntax.outline;
        let declarations = outline.declarations.iter();
        let values = declarations
            .clone()
            .filter(|one| matches!(one.what, What::List | What::Let));
        let aliases = outline.imports.iter().filter_map(|import| {
            let alias = import.alias.as_deref();
            alias.or(import.standard.as_ref().map(|_| "std"))
        });
        Self {
            values: values.map(|one| (one.name.as_str(), one.what)).collect(),
            aliases: aliases.chain(["std"]).collect(),
            at: declarations
                .map(|one| (one.name_at.start, one.what))
                .collect(),
        }
    }
}

type Coloured = (&'static str, u32);

fn kind(syntax: &Syntax, walk: &Walk<'_>, at: usize, declared: &Declared<'_>) -> Option<Coloured> {
    let word = syntax.words.get(at)?;
    if !syntax.is_name(at) {
        return None;
    }
    let of = |what: What| match what {
        What::List => Some(("variable", READONLY)),
        What::Let => Some(("function", 0)),
        What::Policy => Some(("class", 0)),
        What::Rule => Some(("method", 0)),
        What::Schema => Some(("type", 0)),
        What::Test => None,
    };
    if let Some(what) = declared.at.get(&word.start) {
        return of(*what).map(|(name, modifiers)| (name, modifiers | DECLARATION));
    }
    let behind_dot = at > 0 && syntax.token(at - 1) == Some(Token::Dot);
    let before_dot = syntax.token(at + 1) == Some(Token::Dot);
    if before_dot && !behind_dot && declared.aliases.contains(syntax.written(at)) {
        return Some(("namespace", 0));
    }
    let rules = matches!(
        (walk.block(), walk.head()),
        (Kind::Policy, Some(Token::Use | Token::Except)) | (Kind::Test, Some(Token::Expect))
    );
    if rules && !walk.in_condition() && syntax.token(at) == Some(Token::Ident) {
        return Some(("method", 0));
    }
    if !walk.in_condition() && walk.block() != Kind::Given && !names_event(walk) {
        return None;
    }
    match subject(syntax, walk, at) {
        // Of `set.fs` the second word.
        Some(Subject::Set(set)) if set == syntax.written(at) => Some(("event", LIBRARY)),
        Some(Subject::Event(_)) => Some(("event", LIBRARY)),
        Some(Subject::Local(_)) => Some(("parameter", READONLY)),
        Some(Subject::Known(known)) => Some(match known {
            Known::Argument(..) | Known::Binder(_) | Known::Parameter => ("parameter", 0),
            Known::Member(..) | Known::Context(_) | Known::Ancestors => ("property", 0),
            Known::Constant(..) => ("enumMember", LIBRARY),
            Known::Function(_) => ("function", LIBRARY),
        }),
        Some(Subject::Set(_) | Subject::Page(_) | Subject::Technique(_)) => None,
        _ => {
            let value = declared.values.get(syntax.written(at))?;
            (!behind_dot).then(|| of(*value))?
        }
    }
}

fn names_event(walk: &Walk<'_>) -> bool {
    walk.is_after(Token::On)
        || walk.is_after(Token::Select)
        || (walk.block() == Kind::Test && walk.is_after(Token::Given))
}
