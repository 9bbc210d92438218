//! The lists and lets of a file.

use std::cell::Cell;
use std::collections::HashMap;

use super::Context;
use super::literals::{self, Literals};
use super::schema::Names;
use crate::ast::{File, Item, LetDecl, Name, Parameter, TypeExprKind};
use crate::codes;
use crate::context::FIELDS;
use crate::diagnostics::Diagnostic;
use crate::functions;
use crate::source::Span;
use crate::types::{EnumId, FlagsId, Type};

/// First words of context fields, now or later; a bare name can't be one.
pub(super) const CONTEXT_WORDS: &[&str] = &["proc", "container", "pod", "ns", "host", "event"];

/// The most names that are looked through for suggestions.
const MAX_SUGGESTED: usize = 1000;

/// What the names of a file stand for.
#[derive(Debug, Default)]
pub(super) struct FileNames<'a> {
    names: HashMap<&'a str, Entry<'a>>,
}

/// What one name stands for.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) meaning: Meaning<'a>,
    pub(super) name: &'a Name,
    used: Cell<bool>,
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

impl<'a> FileNames<'a> {
    /// Checks the lists of a file and collects its names.
    pub(super) fn collect(file: &'a File, cx: &mut Context<'_>) -> Self {
        let types = Names::of(cx.schema);
        let mut names = HashMap::new();
        for item in &file.items {
            let (name, meaning) = match item {
                Item::List(decl) => {
                    let ty = cx.report_from(|found| types.resolve(&decl.ty, found));
                    let span = decl.name.span;
                    let ty = literals::element_type(ty, decl.ty.span, cx);
                    let elements = literals::elements(&decl.elements, span, &ty, cx);
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
            let is_function = matches!(item, Item::Let(decl) if decl.parameters.is_some())
                && functions::find(&name.text).is_some();
            let other = is_function.then(|| "a function of the language".to_owned());
            if let Some(other) = other.or_else(|| other_meaning(&name.text, cx)) {
                let message = format!("`{}` is {other}", name.text);
                cx.report(
                    Diagnostic::error(codes::NAME_CLASH, message, name.span)
                        .help("choose another name"),
                );
                continue;
            }
            let entry = Entry {
                meaning,
                name,
                used: Cell::new(false),
                cyclic: Cell::new(false),
            };
            match names.entry(name.text.as_str()) {
                std::collections::hash_map::Entry::Vacant(vacant) => {
                    vacant.insert(entry);
                }
                std::collections::hash_map::Entry::Occupied(first) => {
                    let message = format!("`{}` is declared twice", name.text);
                    cx.report(
                        Diagnostic::error(codes::DUPLICATE_NAME, message, name.span)
                            .related(first.get().name.span, "first here"),
                    );
                }
            }
        }
        Self { names }
    }

    /// What a name stands for; it counts as used from now on.
    pub(super) fn find(&self, name: &str) -> Option<&Entry<'a>> {
        let entry = self.names.get(name)?;
        entry.used.set(true);
        Some(entry)
    }

    /// Whether a `let` is known to stand for itself.
    pub(super) fn is_cyclic(&self, name: &str) -> bool {
        self.names.get(name).is_some_and(|entry| entry.cyclic.get())
    }

    /// Remembers that a `let` stands for itself.
    pub(super) fn set_cyclic(&self, name: &str) {
        if let Some(entry) = self.names.get(name) {
            entry.cyclic.set(true);
        }
    }

    /// All names, for suggestions; none if there are so many that looking through them for every
    /// mistake takes long.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        let few = self.names.len() <= MAX_SUGGESTED;
        self.names.keys().copied().filter(move |_| few)
    }

    /// The names of `let`s with parameters, for suggestions.
    pub(super) fn functions(&self) -> impl Iterator<Item = &str> {
        let takes = |name: &&str| match &self.names[*name].meaning {
            Meaning::Let(decl, _) => decl.parameters.is_some(),
            Meaning::List(_) => false,
        };
        self.all().filter(takes)
    }

    /// Where a name is declared, without counting that as use.
    pub(super) fn declared(&self, name: &str) -> Option<Span> {
        self.names.get(name).map(|entry| entry.name.span)
    }

    /// Warns of what nothing used. Not if the file has errors: the use may be in a part that was given
    /// up for one.
    pub(super) fn warn_of_unused(&self, cx: &mut Context<'_>) {
        let mut unused: Vec<_> = self.names.values().filter(|it| !it.used.get()).collect();
        unused.sort_by_key(|entry| entry.name.span);
        for entry in unused {
            if cx.diagnostics.has_errors_in(entry.name.span.file) {
                return;
            }
            let (code, kind) = match entry.meaning {
                Meaning::List(_) => (codes::UNUSED_LIST, "list"),
                Meaning::Let(..) => (codes::UNUSED_LET, "let"),
            };
            let message = format!("{kind} `{}` is not used", entry.name.text);
            cx.report(Diagnostic::warning(code, message, entry.name.span));
        }
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
        } else if let Some(other) = other_meaning(&name.text, cx) {
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
fn other_meaning(name: &str, cx: &Context<'_>) -> Option<String> {
    if CONTEXT_WORDS.contains(&name) || FIELDS.iter().any(|field| field.path == name) {
        return Some("a name of the context of every event".into());
    }
    let schema = cx.schema;
    let enums = (0..)
        .zip(&schema.enums)
        .map(|(id, _)| Type::Enum(EnumId(id)));
    let flags = (0..)
        .zip(&schema.flag_sets)
        .map(|(id, _)| Type::Flags(FlagsId(id)));
    let ty = enums
        .chain(flags)
        .find(|ty| literals::constants(schema, ty).any(|c| c == name))?;
    Some(format!("a constant of `{}`", schema.type_name(&ty)))
}
