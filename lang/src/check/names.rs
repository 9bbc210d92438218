//! What lists and lets stand for. Which name is which of them, [`super::resolve`] knows.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::literals::{self, Literals};
use super::schema::Names;
use super::{Context, addresses};
use crate::ast::{File, Item, LetDecl, Name, Parameter, TypeExprKind};
use crate::codes;
use crate::context::FIELDS;
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::stdlib;
use crate::types::{EnumId, FlagsId, Type};

/// First words of context fields, now or later; a bare name can't be one.
pub(super) const CONTEXT_WORDS: &[&str] = &["proc", "container", "pod", "ns", "host", "event"];

/// What the lists and lets of all files stand for, by the places of their names.
#[derive(Debug, Default)]
pub(super) struct Values<'a> {
    entries: HashMap<Span, Entry<'a>>,
}

/// What one name stands for.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) meaning: Meaning<'a>,
    /// A `let` that stands for itself, which was reported.
    cyclic: Cell<bool>,
}

#[derive(Debug)]
pub(super) enum Meaning<'a> {
    List(List),
    /// With the types of its parameters.
    Let(&'a LetDecl, Vec<Type>),
}

/// A `list`, checked.
#[derive(Debug)]
pub(super) struct List {
    /// The type of its elements; `Error` if something was wrong with it.
    pub(super) ty: Type,
    pub(super) elements: Literals,
}

impl<'a> Values<'a> {
    /// Checks the lists and the parameters of lets of a file.
    pub(super) fn collect(&mut self, file: &'a File, cx: &mut Context<'_>) {
        let types = Names::of(cx.schema);
        for item in &file.items {
            let (name, meaning) = match item {
                Item::List(decl) => {
                    let ty = cx.report_from(|found| types.resolve(&decl.ty, found));
                    let span = decl.name.span;
                    let ty = literals::element_type(ty, decl.ty.span, cx);
                    let fine = addresses::declared(&decl.elements, &ty, cx);
                    let elements = literals::elements(&decl.elements, span, &ty, cx);
                    let elements = elements.filter(|_| fine);
                    let ty = if elements.is_some() { ty } else { Type::Error };
                    let elements = elements.unwrap_or_default();
                    (&decl.name, Meaning::List(List { ty, elements }))
                }
                Item::Let(decl) => {
                    let parameters = parameters(decl, &types, cx);
                    (&decl.name, Meaning::Let(decl, parameters))
                }
                _ => continue,
            };
            let entry = Entry {
                meaning,
                cyclic: Cell::new(false),
            };
            self.entries.insert(name.span, entry);
        }
    }

    /// What the list or `let` stands for that declares this name.
    pub(super) fn get(&self, declared: &Name) -> Option<&Entry<'a>> {
        self.entries.get(&declared.span)
    }
}

impl Entry<'_> {
    /// Whether it is known to stand for itself.
    pub(super) fn is_cyclic(&self) -> bool {
        self.cyclic.get()
    }

    /// Remembers that it stands for itself.
    pub(super) fn set_cyclic(&self) {
        self.cyclic.set(true);
    }
}

/// The types of a `let`'s parameters; [`Type::Error`] was reported.
fn parameters(decl: &LetDecl, types: &Names, cx: &mut Context<'_>) -> Vec<Type> {
    let parameters = decl.parameters.as_deref().unwrap_or_default();
    let mut made = Vec::with_capacity(parameters.len());
    for (at, parameter) in parameters.iter().enumerate() {
        let name = &parameter.name;
        let same = |other: &&Parameter| other.name.text == name.text;
        if let Some(first) = parameters[..at].iter().find(same) {
            let message = format!("parameter `{}` is there twice", name.text);
            cx.report(
                Diagnostic::error(codes::DUPLICATE_NAME, message, name.span)
                    .related(first.name.span, "first here"),
            );
        } else if let Some(other) = meaning_everywhere(&name.text, cx) {
            let message = format!("`{}` is {other}", name.text);
            cx.report(
                Diagnostic::error(codes::NAME_CLASH, message, name.span)
                    .help("choose another name"),
            );
        }
        made.push(match &parameter.ty {
            Some(ty) => match &ty.kind {
                // Unlike an event, a policy has lists of everything.
                TypeExprKind::List(of) => match cx.report_from(|found| types.resolve(of, found)) {
                    Type::Error => Type::Error,
                    of => Type::List(Box::new(of)),
                },
                _ => cx.report_from(|found| types.resolve(ty, found)),
            },
            None => {
                let message = format!("parameter `{}` has no type", name.text);
                cx.report(
                    Diagnostic::error(codes::UNTYPED_PARAMETER, message, name.span).help(format!(
                        "write `{}: path`, or whichever type it has",
                        name.text
                    )),
                );
                Type::Error
            }
        });
    }
    made
}

/// What a name means in every file, if anything.
pub(super) fn meaning_everywhere(name: &str, cx: &Context<'_>) -> Option<String> {
    if CONTEXT_WORDS.contains(&name) || FIELDS.iter().any(|field| field.path == name) {
        return Some("a name of the context of every event".into());
    }
    let schema = cx.schema;
    let ty = CONSTANTS.get(name)?;
    Some(format!("a constant of `{}`", schema.type_name(ty)))
}

/// The constants of all enums and flag sets, each with the first that has it.
static CONSTANTS: LazyLock<HashMap<&'static str, Type>> = LazyLock::new(|| {
    let schema = stdlib::schema();
    let enums = (0..).zip(&schema.enums);
    let flags = (0..).zip(&schema.flag_sets);
    let types = enums
        .map(|(id, _)| Type::Enum(EnumId(id)))
        .chain(flags.map(|(id, _)| Type::Flags(FlagsId(id))));
    let mut all = HashMap::new();
    for ty in types {
        for name in literals::constants(schema, &ty) {
            all.entry(name).or_insert_with(|| ty.clone());
        }
    }
    all
});
