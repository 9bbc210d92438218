//! Conditions: fields, names and values where a value is wanted, operators behind one.

use gen_lsp_types::{CompletionItemKind as Kind, Range, TextEdit};
use tracee_lang::context::FIELDS;
use tracee_lang::functions;
use tracee_lang::stdlib;
use tracee_lang::token::Token;
use tracee_lang::types::Type;

use super::Cursor;
use super::imports;
use super::items::Items;
use crate::syntax::Syntax;
use crate::syntax::fields::{Known, Scope, constants, path_to};
use crate::syntax::outline::What;
use crate::syntax::place::{Kind as Block, Walk};

/// Within a condition.
pub(super) fn complete(cursor: &Cursor<'_>, items: &mut Items) {
    let scope = Scope::of(&cursor.walk);
    if !cursor.path.is_empty() {
        return below(cursor, &scope, items);
    }
    let Some(before) = cursor.at.checked_sub(1) else {
        return;
    };
    if quantified(cursor.syntax, before) {
        return items.word("in", "what it runs over");
    }
    if ends_value(cursor.syntax, before) {
        operators(cursor, &scope, before, items);
    } else if !names_binder(cursor.syntax, before) {
        values(cursor, &scope, before, items);
    }
}

/// Behind `any x`.
fn quantified(syntax: &Syntax, before: usize) -> bool {
    let quantifier = before.checked_sub(1).and_then(|at| syntax.token(at));
    syntax.is_name(before)
        && syntax.token(before) != Some(Token::In)
        && matches!(quantifier, Some(Token::Any | Token::All))
        && before >= 2
        && syntax.token(before - 2) != Some(Token::Has)
}

/// Behind `any`, where a name is made up: not behind `has any`.
fn names_binder(syntax: &Syntax, before: usize) -> bool {
    matches!(syntax.token(before), Some(Token::Any | Token::All))
        && before.checked_sub(1).and_then(|at| syntax.token(at)) != Some(Token::Has)
}

/// Whether a word ends a value or a condition.
fn ends_value(syntax: &Syntax, at: usize) -> bool {
    match syntax.token(at) {
        Some(
            Token::String
            | Token::Int
            | Token::Address
            | Token::Duration
            | Token::Date
            | Token::RightBracket
            | Token::RightParen
            | Token::RightBrace
            | Token::CloseBody
            | Token::True
            | Token::False
            | Token::Exists
            | Token::SingleQuoted,
        ) => true,
        Some(
            Token::And
            | Token::Or
            | Token::Not
            | Token::In
            | Token::Has
            | Token::Any
            | Token::All
            | Token::Where
            | Token::Prefix
            | Token::Suffix
            | Token::Contains
            | Token::Glob
            | Token::Regex
            | Token::Under
            | Token::Scope,
        )
        | None => false,
        Some(_) => syntax.is_name(at),
    }
}

/// Names below what is before the dot.
fn below(cursor: &Cursor<'_>, scope: &Scope<'_>, items: &mut Items) {
    if let [name] = cursor.path[..] {
        let imported = cursor.imported();
        let named = imported.iter().filter(|(alias, _)| *alias == Some(name));
        for (_, text) in named {
            declared(text.syntax(), items);
        }
        if name == "std" {
            standard(cursor, items);
        }
    }
    members(scope, &cursor.path, items);
}

/// The lists of the standard library: one that is not imported is, with the name.
fn standard(cursor: &Cursor<'_>, items: &mut Items) {
    let imported = |name: &str| {
        let mut imports = cursor.syntax.outline.imports.iter();
        imports.any(|import| import.standard.as_deref() == Some(name))
    };
    let mut lists = Items::new(Range::default(), false);
    imports::lists(&mut lists);
    for list in lists.done() {
        let name = list.label.clone();
        let detail = list.detail.clone().unwrap_or_default();
        let missing = !imported(&name);
        if let Some(item) = items.add(&name, Kind::Constant, detail) {
            item.documentation = list.documentation;
            item.additional_text_edits = missing.then(|| vec![import(cursor, &name)]);
        }
    }
}

/// Behind the last import, or at the begin.
fn import(cursor: &Cursor<'_>, name: &str) -> TextEdit {
    let line = format!("import std.{name};\n");
    let last = cursor.syntax.outline.imports.last();
    let behind = last.map(|import| cursor.text.line(import.source_at.end) + 1);
    let (line_number, new_text) = match behind {
        Some(number) => (number, line),
        None => (0, format!("{line}\n")),
    };
    let at = gen_lsp_types::Position {
        line: line_number,
        character: 0,
    };
    TextEdit {
        range: Range { start: at, end: at },
        new_text,
    }
}

/// The fields of what a path names.
pub(super) fn members(scope: &Scope<'_>, path: &[&str], items: &mut Items) {
    let schema = stdlib::schema();
    match scope.resolve(path) {
        Some(Known::Argument(_, arg)) => {
            if let Type::Struct(id) = &arg.ty {
                for (name, doc, ty) in &schema.struct_type(*id).fields {
                    items.documented(name, Kind::Field, schema.type_name(ty), doc);
                }
            }
        }
        Some(Known::Binder(true)) => below_context("proc.", true, items),
        _ => {
            let prefix = format!("{}.", path.join("."));
            below_context(&prefix, false, items);
            if path == ["proc"] {
                items.add("ancestors", Kind::Property, "processes");
            }
        }
    }
}

/// What follows a prefix in the names of the context: the next name of each.
fn below_context(prefix: &str, process: bool, items: &mut Items) {
    let schema = stdlib::schema();
    for info in FIELDS.iter() {
        let Some(rest) = info.path.strip_prefix(prefix) else {
            continue;
        };
        match rest.split_once('.') {
            None => items.documented(rest, Kind::Property, schema.type_name(&info.ty), info.doc),
            Some((first, _)) if !process => drop(items.add(first, Kind::Module, "")),
            Some(_) => {}
        }
    }
}

/// Where a value, or a condition, begins.
fn values(cursor: &Cursor<'_>, scope: &Scope<'_>, before: usize, items: &mut Items) {
    let schema = stdlib::schema();
    let wanted = compared(cursor, scope, before);
    if let Some((ty, operator)) = &wanted {
        constants_of(ty, items);
        items.later();
        if *operator == Token::Has {
            if cursor.walk.kind() != Block::Brackets && cursor.before() == Some(Token::Has) {
                items.word("any", "one of them");
                items.word("all", "each of them");
            }
            return;
        }
    }
    for (name, ancestor) in &scope.binders {
        let about = if *ancestor { "process" } else { "string" };
        items.add(name, Kind::Variable, about);
    }
    for name in &scope.parameters {
        items.add(name, Kind::Variable, "parameter");
    }
    items.later();
    for event in scope.candidates() {
        for arg in &event.args {
            let ty = schema.type_name(&arg.ty);
            items.documented(&arg.name, Kind::Field, ty, &arg.doc);
        }
    }
    items.later();
    declared(cursor.syntax, items);
    for (alias, text) in cursor.imported() {
        match alias {
            Some(alias) => drop(items.add(alias, Kind::Module, "an imported file")),
            None => declared(text.syntax(), items),
        }
    }
    items.add("std", Kind::Module, "lists of the standard library");
    items.later();
    let any_retval = scope.any_event || scope.events.iter().any(|event| event.has_retval);
    for info in FIELDS
        .iter()
        .filter(|info| info.path != "retval" || any_retval)
    {
        let ty = schema.type_name(&info.ty);
        items.documented(info.path, Kind::Property, ty, info.doc);
    }
    items.add("proc.ancestors", Kind::Property, "processes");
    for function in functions::ALL {
        items.documented(
            function.name,
            Kind::Function,
            function.signature(),
            function.doc,
        );
    }
    if wanted.is_none() {
        items.later();
        items.word("not", "");
        items.snippet(
            "any",
            "one of a list",
            "any ${1:x} in ${2:proc.ancestors} { $0 }",
        );
        items.snippet("all", "each of a list", "all ${1:x} in ${2:argv} { $0 }");
    }
}

/// The lists and lets of a file.
fn declared(syntax: &Syntax, items: &mut Items) {
    for declared in &syntax.outline.declarations {
        let detail = declared.parameters.as_deref();
        let (kind, detail) = match declared.what {
            What::List => (Kind::Constant, format!("list of {}", detail.unwrap_or("…"))),
            What::Let => (
                Kind::Function,
                detail.map_or("let".to_owned(), |it| format!("let({it})")),
            ),
            _ => continue,
        };
        if !declared.name.is_empty() {
            items.documented(&declared.name, kind, detail, &declared.doc);
        }
    }
}

/// The constants of a type.
pub(super) fn constants_of(ty: &Type, items: &mut Items) {
    let schema = stdlib::schema();
    for (name, number) in constants(schema, ty) {
        items.add(name, Kind::EnumMember, number);
    }
}

/// What the value at the cursor is compared with: its type, and the operator.
fn compared(cursor: &Cursor<'_>, scope: &Scope<'_>, before: usize) -> Option<(Type, Token)> {
    let syntax = cursor.syntax;
    // Within brackets the operator is before them.
    let mut at = match cursor.walk.kind() {
        Block::Brackets => {
            let around = cursor.walk.frames.iter().nth_back(1)?;
            around.clause.last()?.checked_sub(1)?
        }
        _ => before,
    };
    while matches!(syntax.token(at)?, Token::Tilde | Token::Any | Token::All) {
        at = at.checked_sub(1)?;
    }
    let operator = syntax.token(at)?;
    if !is_operator(operator) {
        return None;
    }
    let mut left = at.checked_sub(1)?;
    if syntax.token(left)? == Token::Not {
        left = left.checked_sub(1)?;
    }
    if !syntax.is_name(left) {
        return None;
    }
    let known = scope.resolve(&path_to(syntax, left).1)?;
    Some((known.ty()?.clone(), operator))
}

fn is_operator(token: Token) -> bool {
    matches!(
        token,
        Token::Eq
            | Token::Assign
            | Token::Ne
            | Token::Lt
            | Token::Le
            | Token::Gt
            | Token::Ge
            | Token::In
            | Token::Has
            | Token::Prefix
            | Token::Suffix
            | Token::Contains
            | Token::Glob
            | Token::Regex
            | Token::Under
    )
}

/// Behind a value: operators for its type, unless it is a right side; `and` and `or`.
fn operators(cursor: &Cursor<'_>, scope: &Scope<'_>, before: usize, items: &mut Items) {
    let syntax = cursor.syntax;
    if matches!(cursor.walk.kind(), Block::Brackets) {
        return;
    }
    let (first, path) = path_to(syntax, before);
    let left = first.checked_sub(1).and_then(|at| syntax.token(at));
    let is_name = syntax.is_name(before) && !left.is_some_and(is_operator);
    let called = syntax.token(before) == Some(Token::RightParen);
    let ty = scope.resolve(&path).and_then(|known| known.ty().cloned());
    if is_name || called {
        for (operator, about) in fitting(ty.as_ref()) {
            items.add(operator, Kind::Operator, *about);
        }
        items.later();
    }
    items.word("and", "");
    items.word("or", "");
}

type Operators = &'static [(&'static str, &'static str)];

fn fitting(ty: Option<&Type>) -> Operators {
    const TEXT: Operators = &[
        ("==", "the same"),
        ("!=", "another"),
        ("in", "one of these"),
        ("not in", "none of these"),
        ("prefix", "begins with these bytes"),
        ("suffix", "ends with these bytes"),
        ("contains", "has these bytes"),
        ("under", "the path or below it"),
        ("glob", "matches the pattern"),
        ("regex", "has a match of the expression"),
        ("exists", "is there"),
    ];
    const NUMBER: Operators = &[
        ("==", "the same"),
        ("!=", "another"),
        ("<", "less"),
        ("<=", "at most"),
        (">", "more"),
        (">=", "at least"),
        ("in", "one of these, or in the range"),
        ("not in", "none of these"),
        ("exists", "is there"),
    ];
    const ENUM: Operators = &[
        ("==", "the same"),
        ("!=", "another"),
        ("in", "one of these"),
        ("not in", "none of these"),
        ("exists", "is there"),
    ];
    const FLAGS: Operators = &[
        ("has", "the flag is set"),
        ("has any", "one of the flags is"),
        ("has all", "each of the flags is"),
        ("==", "just these"),
        ("!=", "others"),
        ("exists", "is there"),
    ];
    match ty {
        Some(Type::Flags(_)) => FLAGS,
        Some(Type::Enum(_) | Type::Ip | Type::Bytes) => ENUM,
        Some(Type::String | Type::Path) | None => TEXT,
        Some(Type::Bool | Type::List(_) | Type::Struct(_)) => &[("exists", "is there")],
        Some(_) => NUMBER,
    }
}

/// In a message's braces: fields of the rule's events.
pub(super) fn message(cursor: &Cursor<'_>, walk: &Walk<'_>, string: usize, items: &mut Items) {
    let Some(word) = cursor.syntax.words.get(string) else {
        return;
    };
    let written = cursor.syntax.text().get(word.start..cursor.offset);
    let written = written.unwrap_or_default();
    let Some(brace) = written.rfind('{') else {
        return;
    };
    let escaped = written[..brace].ends_with('\\');
    let typed = &written[brace + 1..];
    let is_path = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    if escaped || !typed.bytes().all(is_path) {
        return;
    }
    let start = cursor.offset - typed.len();
    items.replace(cursor.text.range_of(start..cursor.offset));
    let schema = stdlib::schema();
    for event in Scope::of(walk).events {
        for slot in &event.slots {
            items.add(&slot.path, Kind::Field, schema.type_name(&slot.ty));
        }
    }
    items.later();
    for info in FIELDS.iter() {
        items.documented(
            info.path,
            Kind::Property,
            schema.type_name(&info.ty),
            info.doc,
        );
    }
}
