//! The names of enums, flag sets, structs and events, and the types that are written with them.

use std::collections::HashMap;

use crate::ast::{Item, Name, TypeExpr, TypeExprKind};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::suggest::nearest;
use crate::types::{EnumId, FlagsId, IntType, StructId, Type};

/// Types with names of their own.
const SIMPLE: &[(&str, Type)] = &[
    ("bool", Type::Bool),
    ("string", Type::String),
    ("path", Type::Path),
    ("bytes", Type::Bytes),
    ("ip", Type::Ip),
    ("cidr", Type::Cidr),
    ("port", Type::Port),
    ("time", Type::Time),
    ("duration", Type::Duration),
    ("pointer", Type::Pointer),
    (
        "i8",
        Type::Int(IntType {
            bits: 8,
            signed: true,
        }),
    ),
    (
        "i16",
        Type::Int(IntType {
            bits: 16,
            signed: true,
        }),
    ),
    (
        "i32",
        Type::Int(IntType {
            bits: 32,
            signed: true,
        }),
    ),
    (
        "i64",
        Type::Int(IntType {
            bits: 64,
            signed: true,
        }),
    ),
    (
        "u8",
        Type::Int(IntType {
            bits: 8,
            signed: false,
        }),
    ),
    (
        "u16",
        Type::Int(IntType {
            bits: 16,
            signed: false,
        }),
    ),
    (
        "u32",
        Type::Int(IntType {
            bits: 32,
            signed: false,
        }),
    ),
    (
        "u64",
        Type::Int(IntType {
            bits: 64,
            signed: false,
        }),
    ),
];

/// One name space of declarations: name → its number and where it is declared.
type Declared = HashMap<String, (u16, Span)>;

/// All declared names. A name that is declared twice keeps its first declaration.
#[derive(Debug, Default)]
pub(crate) struct Names {
    enums: Declared,
    flag_sets: Declared,
    structs: Declared,
    events: Declared,
}

impl Names {
    /// Gives every declaration its number, in order.
    pub(super) fn collect(items: &[&Item], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut names = Self::default();
        for item in items {
            let (kind, space, name) = match item {
                Item::Enum(decl) => ("enum", &mut names.enums, &decl.name),
                Item::Flags(decl) => ("flag set", &mut names.flag_sets, &decl.name),
                Item::Struct(decl) => ("struct", &mut names.structs, &decl.name),
                Item::Event(decl) => ("event", &mut names.events, &decl.name),
                _ => continue,
            };
            if let Some((_, first)) = space.get(name.text.as_str()) {
                let message = format!("{kind} `{}` is declared twice", name.text);
                diagnostics.push(
                    Diagnostic::error(codes::DUPLICATE_DECLARATION, message, name.span)
                        .related(*first, "first here"),
                );
                continue;
            }
            let id = u16::try_from(space.len()).unwrap_or(u16::MAX);
            space.insert(name.text.to_string(), (id, name.span));
        }
        names
    }

    /// The names of a schema that is built already.
    pub(crate) fn of(schema: &crate::schema::Schema) -> Self {
        fn space<'a>(names: impl Iterator<Item = &'a String>) -> Declared {
            (0u16..)
                .zip(names)
                .map(|(id, name)| (name.clone(), (id, Span::default())))
                .collect()
        }
        Self {
            enums: space(schema.enums.iter().map(|ty| &ty.name)),
            flag_sets: space(schema.flag_sets.iter().map(|ty| &ty.name)),
            structs: space(schema.structs.iter().map(|ty| &ty.name)),
            events: space(schema.events.iter().map(|event| &event.name)),
        }
    }

    /// Whether the declaration is the one that has its name.
    pub(super) fn is_first(&self, item: &Item) -> bool {
        let (space, name) = match item {
            Item::Enum(decl) => (&self.enums, &decl.name),
            Item::Flags(decl) => (&self.flag_sets, &decl.name),
            Item::Struct(decl) => (&self.structs, &decl.name),
            Item::Event(decl) => (&self.events, &decl.name),
            _ => return false,
        };
        space
            .get(name.text.as_str())
            .is_some_and(|(_, span)| *span == name.span)
    }

    /// The flag set with this name; [`None`] was reported.
    pub(super) fn flag_set(
        &self,
        name: &Name,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<FlagsId> {
        find("flag set", &self.flag_sets, name, diagnostics).map(FlagsId)
    }

    /// The type that is written; [`Type::Error`] was reported.
    pub(crate) fn resolve(&self, ty: &TypeExpr, diagnostics: &mut Vec<Diagnostic>) -> Type {
        match &ty.kind {
            TypeExprKind::Enum(name) => find("enum", &self.enums, name, diagnostics)
                .map_or(Type::Error, |id| Type::Enum(EnumId(id))),
            TypeExprKind::Flags(name) => self
                .flag_set(name, diagnostics)
                .map_or(Type::Error, Type::Flags),
            TypeExprKind::List(of) => match self.resolve(of, diagnostics) {
                Type::Error => Type::Error,
                Type::String => Type::List(Box::new(Type::String)),
                _ => {
                    let message = "only lists of `string` exist";
                    diagnostics.push(Diagnostic::error(codes::UNKNOWN_TYPE, message, of.span));
                    Type::Error
                }
            },
            TypeExprKind::Named(name) => {
                let simple = SIMPLE.iter().find(|(known, _)| *known == name.text);
                match (simple, self.structs.get(name.text.as_str())) {
                    (Some((_, ty)), _) => ty.clone(),
                    (_, Some((id, _))) => Type::Struct(StructId(*id)),
                    _ => {
                        diagnostics.push(self.unknown(name));
                        Type::Error
                    }
                }
            }
        }
    }

    fn unknown(&self, name: &Name) -> Diagnostic {
        let message = format!("unknown type `{}`", name.text);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_TYPE, message, name.span);
        for (space, word) in [(&self.enums, "enum"), (&self.flag_sets, "flags")] {
            if space.contains_key(name.text.as_str()) {
                let right = format!("{word} {}", name.text);
                return diagnostic.help(format!("write `{right}`")).fix(
                    format!("write `{right}`"),
                    name.span,
                    right,
                );
            }
        }
        let known = SIMPLE.iter().map(|(known, _)| *known);
        meant(
            diagnostic,
            name,
            known.chain(self.structs.keys().map(String::as_str)),
        )
    }
}

fn find(
    kind: &str,
    space: &Declared,
    name: &Name,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<u16> {
    let found = space.get(name.text.as_str()).map(|(id, _)| *id);
    if found.is_none() {
        let message = format!("unknown {kind} `{}`", name.text);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_TYPE, message, name.span);
        diagnostics.push(meant(diagnostic, name, space.keys().map(String::as_str)));
    }
    found
}

/// Adds `did you mean`, if something near is among the candidates.
pub(crate) fn meant<'a>(
    diagnostic: Diagnostic,
    name: &Name,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    match nearest(&name.text, candidates) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")).suggest(
            format!("write `{meant}`"),
            name.span,
            meant,
        ),
        None => diagnostic,
    }
}
