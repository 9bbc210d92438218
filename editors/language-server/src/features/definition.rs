//! Where something is declared: in this file, in others, in the standard library. Its texts are
//! `tracee:/std/…`, which only editors are given that ask for such.

use gen_lsp_types::{DefinitionParams, Location, Range, Uri};
use tracee_lang::source::{FileId, Span};
use tracee_lang::stdlib;
use tracee_lang::token::Token;

use super::here::{Here, Subject};
use crate::server::Server;
use crate::syntax::Syntax;
use crate::syntax::fields::Known;
use crate::syntax::locals::local;
use crate::syntax::place::Walk;
use crate::uri;

/// `textDocument/definition`.
pub(crate) fn definition(server: &Server, params: DefinitionParams) -> Option<Location> {
    let here = Here::of(server, &params.text_document_position_params)?;
    let at = here.word?;
    let walk = Walk::to(here.syntax(), at);
    if here.declared().is_none()
        && let Some(given) = local(&walk, at)
    {
        let word = here.syntax().words.get(given)?;
        return Some(Location {
            uri: here.analysis.uri(FileId(0))?,
            range: here.text.range_of(word.range()),
        });
    }
    let span = match here.subject()? {
        Subject::Declared(id) => here.analysis.checked.names.declaration(id)?.name.span,
        Subject::Event(event) => named_in(event.span, &event.name, None)?,
        Subject::Known(Known::Argument(event, arg)) => {
            named_in(event.span, &arg.name, Some(Token::Colon))?
        }
        Subject::Known(Known::Member(_, _, (name, _, _))) => anywhere(name, Token::Colon)?,
        Subject::Known(Known::Constant(_, name, _)) => anywhere(name, Token::Assign)?,
        Subject::Alias(path) => return file(server, &here, &path),
        _ => return None,
    };
    if span.file.is_standard() && !server.client.built_in_texts {
        return None;
    }
    here.analysis.location(span)
}

/// The file that an import names.
fn file(server: &Server, here: &Here, written: &str) -> Option<Location> {
    let imports = server.texts().imports();
    let own = here.analysis.files.first()?.path.as_deref();
    let path = imports.find(own, written).ok()?;
    let known = server
        .documents
        .of_path(&path)
        .map(|(uri, _)| uri.to_owned());
    Some(Location {
        uri: Uri(known.unwrap_or_else(|| uri::of_path(&path))),
        range: Range::default(),
    })
}

/// A name in a part of the standard library, before a certain word.
fn named_in(part: Span, name: &str, next: Option<Token>) -> Option<Span> {
    let text = &stdlib::source_map().get(part.file)?.text;
    let syntax = Syntax::new(text.get(part.start as usize..part.end as usize)?);
    let at = (0..syntax.words.len()).find(|at| {
        syntax.written(*at) == name && (next.is_none() || syntax.token(at + 1) == next)
    })?;
    let word = syntax.words.get(at)?;
    let start = part.start as usize;
    Some(Span::new(part.file, start + word.start, start + word.end))
}

/// The same, in whichever file of events it is.
fn anywhere(name: &str, next: Token) -> Option<Span> {
    let files = stdlib::source_map().iter();
    let mut events = files.filter(|(_, file)| file.name.starts_with("std/events/"));
    events.find_map(|(id, file)| {
        let whole = Span::new(id, 0, file.text.len());
        named_in(whole, name, Some(next))
    })
}
