//! The fields of a test's event, and their values.

use gen_lsp_types::CompletionItemKind as Kind;
use tracee_lang::context::FIELDS;
use tracee_lang::stdlib;
use tracee_lang::token::Token;
use tracee_lang::types::Type;

use super::Cursor;
use super::conditions::{constants_of, members};
use super::items::Items;
use crate::syntax::fields::Scope;
use crate::syntax::place::Kind as Block;

/// Where a field begins.
pub(super) fn fields(cursor: &Cursor<'_>, items: &mut Items) {
    let scope = Scope::of(&cursor.walk);
    let schema = stdlib::schema();
    let outer = outer(cursor);
    if !outer.is_empty() {
        return members(&scope, &outer, items);
    }
    for event in &scope.events {
        for arg in &event.args {
            let ty = schema.type_name(&arg.ty);
            items.documented(&arg.name, Kind::Field, ty, &arg.doc);
        }
        if event.has_retval {
            items.add("retval", Kind::Property, "i64");
        }
    }
    items.later();
    for info in FIELDS.iter().filter(|info| info.path.contains('.')) {
        let ty = schema.type_name(&info.ty);
        items.documented(info.path, Kind::Property, ty, info.doc);
    }
    items.add("proc.ancestors", Kind::Property, "processes");
}

/// Within a field or behind it.
pub(super) fn complete(cursor: &Cursor<'_>, items: &mut Items) {
    let scope = Scope::of(&cursor.walk);
    if !cursor.path.is_empty() {
        let mut path = outer(cursor);
        path.extend(&cursor.path);
        return members(&scope, &path, items);
    }
    let Some(path) = value_of(cursor) else {
        return;
    };
    if let Some(ty) = scope.resolve(&path).and_then(|known| known.ty().cloned()) {
        constants_of(&ty, items);
        if ty == Type::Bool {
            items.word("true", "");
            items.word("false", "");
        }
    }
    items.later();
    items.word("absent", "there is no value");
    items.add(
        "truncated",
        Kind::Function,
        "what was kept of a longer value",
    );
}

/// The names before the braces around the cursor.
fn outer<'a>(cursor: &Cursor<'a>) -> Vec<&'a str> {
    let frames = cursor.walk.frames.iter();
    let maps = frames.filter(|frame| frame.kind == Block::Given).skip(1);
    maps.filter_map(|frame| frame.name)
        .map(|at| cursor.syntax.written(at))
        .collect()
}

/// The field whose value is being written: behind a colon, also in brackets.
fn value_of<'a>(cursor: &Cursor<'a>) -> Option<Vec<&'a str>> {
    let syntax = cursor.syntax;
    let frame = cursor.walk.frames.iter().rev();
    let map = frame.clone().find(|frame| frame.kind == Block::Given)?;
    let colon = map
        .clause
        .iter()
        .position(|at| syntax.token(*at) == Some(Token::Colon))?;
    let mut path = outer(cursor);
    let names = map.clause.get(..colon)?.iter();
    path.extend(
        names
            .filter(|at| syntax.is_name(**at))
            .map(|at| syntax.written(*at)),
    );
    Some(path)
}
