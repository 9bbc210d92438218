//! What a name in a condition stands for, beside what files declare: arguments of the event at hand,
//! context, constants, functions, and what quantifiers and parameters give a name to. Enter at
//! [`Scope`].

use std::collections::HashMap;
use std::sync::LazyLock;

use tracee_lang::context::{FIELDS, FieldInfo};
use tracee_lang::functions::{self, Function};
use tracee_lang::schema::{Arg, Event, Schema};
use tracee_lang::stdlib;
use tracee_lang::token::Token;
use tracee_lang::types::{EnumId, FlagsId, Type};

use super::Syntax;
use super::outline::What;
use super::place::{Kind, Walk};

/// The names that a place sees.
#[derive(Debug)]
pub(crate) struct Scope<'s> {
    /// The events that the condition is on; none where any may be, as in a `let`.
    pub(crate) events: Vec<&'static Event>,
    /// Whether any event may be meant.
    pub(crate) any_event: bool,
    /// Names of quantifiers around, and whether each is an ancestor.
    pub(crate) binders: Vec<(&'s str, bool)>,
    /// Parameters of a `let`.
    pub(crate) parameters: Vec<&'s str>,
}

/// What a path stands for.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    Argument(&'static Event, &'static Arg),
    /// A field of a struct: the argument, and name, documentation and type of the field.
    Member(
        &'static Event,
        &'static Arg,
        &'static (String, String, Type),
    ),
    Context(&'static FieldInfo),
    Ancestors,
    /// The element at hand of a quantifier, and whether it is an ancestor.
    Binder(bool),
    Parameter,
    /// A constant of an enum or flag set: its type, name and number.
    Constant(Type, &'static str, String),
    Function(&'static Function),
}

impl<'s> Scope<'s> {
    /// What is seen at the end of a walk, before a word.
    pub(crate) fn of(walk: &Walk<'s>) -> Self {
        let syntax = walk.syntax;
        let names: Vec<&str> = match (walk.block(), walk.head()) {
            (Kind::Rule, Some(Token::On)) | (Kind::Policy, Some(Token::Select)) => walk.events(),
            (Kind::Rule | Kind::Output, _) => rule_events(walk),
            (Kind::Policy, Some(Token::Except)) => excepted(walk),
            (Kind::Given, _) => given(walk).into_iter().collect(),
            _ => Vec::new(),
        };
        let schema = stdlib::schema();
        let events = names.iter().filter_map(|name| schema.event_named(name));
        let binders = walk.frames.iter().rev().filter_map(|frame| frame.binder);
        Self {
            events: events.collect(),
            any_event: walk.block() == Kind::File && walk.head() == Some(Token::Let),
            binders: binders
                .map(|(at, ancestor)| (syntax.written(at), ancestor))
                .collect(),
            parameters: match walk.block() {
                Kind::File => {
                    let parameters = walk.parameters.iter();
                    parameters.map(|at| syntax.written(*at)).collect()
                }
                _ => Vec::new(),
            },
        }
    }

    /// The events whose arguments may be meant.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &'static Event> {
        let all = stdlib::schema().events.iter().filter(|_| self.any_event);
        self.events.iter().copied().chain(all)
    }

    /// What a path stands for.
    pub(crate) fn resolve(&self, path: &[&str]) -> Option<Known> {
        let (first, rest) = path.split_first()?;
        let binder = self.binders.iter().find(|(name, _)| name == first);
        if let Some((_, ancestor)) = binder {
            return match rest {
                [] => Some(Known::Binder(*ancestor)),
                [property] if *ancestor => context(&format!("proc.{property}")),
                _ => None,
            };
        }
        if rest.is_empty() && self.parameters.contains(first) {
            return Some(Known::Parameter);
        }
        if let Some(found) = self.argument(first, rest) {
            return Some(found);
        }
        match path {
            ["proc", "ancestors"] => Some(Known::Ancestors),
            [name] => context(name)
                .or_else(|| constant(name))
                .or_else(|| functions::find(name).map(Known::Function)),
            path => context(&path.join(".")),
        }
    }

    fn argument(&self, name: &str, rest: &[&str]) -> Option<Known> {
        let mut found = self
            .candidates()
            .filter_map(|event| Some((event, event.arg(name)?)));
        let (event, arg) = found.next()?;
        match (rest, &arg.ty) {
            ([], _) => Some(Known::Argument(event, arg)),
            ([field], Type::Struct(id)) => {
                let of = stdlib::schema().struct_type(*id);
                let field = of.fields.iter().find(|(known, _, _)| known == field)?;
                Some(Known::Member(event, arg, field))
            }
            _ => None,
        }
    }
}

impl Known {
    /// Its type, if that is known.
    pub(crate) fn ty(&self) -> Option<&Type> {
        match self {
            Self::Argument(_, arg) => Some(&arg.ty),
            Self::Member(_, _, (_, _, ty)) | Self::Constant(ty, ..) => Some(ty),
            Self::Context(info) => Some(&info.ty),
            Self::Binder(false) => Some(&Type::String),
            Self::Function(function) => Some(&function.result),
            Self::Ancestors | Self::Binder(true) | Self::Parameter => None,
        }
    }
}

/// A field of the context.
fn context(path: &str) -> Option<Known> {
    let info = FIELDS.iter().find(|info| info.path == path)?;
    Some(Known::Context(info))
}

/// A constant, with the first type that has it.
fn constant(name: &str) -> Option<Known> {
    let (name, (ty, number)) = CONSTANTS.get_key_value(name)?;
    Some(Known::Constant(ty.clone(), name, number.clone()))
}

/// Every constant, by name: its type, and its number as people write it.
static CONSTANTS: LazyLock<HashMap<&str, (Type, String)>> = LazyLock::new(|| {
    let schema = stdlib::schema();
    let enums = (0..)
        .zip(&schema.enums)
        .map(|(id, _)| Type::Enum(EnumId(id)));
    let flags = (0..)
        .zip(&schema.flag_sets)
        .map(|(id, _)| Type::Flags(FlagsId(id)));
    let mut all = HashMap::new();
    for ty in enums.chain(flags) {
        for (name, number) in constants(schema, &ty) {
            all.entry(name).or_insert_with(|| (ty.clone(), number));
        }
    }
    all
});

/// The constants of a type, with their numbers.
pub(crate) fn constants(schema: &'static Schema, ty: &Type) -> Vec<(&'static str, String)> {
    match ty {
        Type::Enum(id) => {
            let constants = schema.enum_type(*id).constants.iter();
            constants
                .map(|(name, number)| (name.as_str(), number.to_string()))
                .collect()
        }
        Type::Flags(id) => {
            let constants = schema.flags_type(*id).constants.iter();
            constants
                .map(|flag| (flag.name.as_str(), format!("{:#x}", flag.value)))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The path of names that ends with a word, and the word that it begins with: `proc . parent . exe`.
pub(crate) fn path_to(syntax: &Syntax, word: usize) -> (usize, Vec<&str>) {
    let mut first = word;
    let mut path = vec![syntax.written(word)];
    while first >= 2 && syntax.token(first - 1) == Some(Token::Dot) && syntax.is_name(first - 2) {
        first -= 2;
        path.push(syntax.written(first));
    }
    path.reverse();
    (first, path)
}

/// The events of the rule around.
fn rule_events<'s>(walk: &Walk<'s>) -> Vec<&'s str> {
    let syntax = walk.syntax;
    let rule = walk
        .frames
        .iter()
        .rev()
        .find(|frame| frame.kind == Kind::Rule);
    let name = rule.and_then(|frame| syntax.words.get(frame.name?));
    let name = name.map(|word| word.range());
    let mut rules = syntax.outline.of_kind(What::Rule);
    let rule = rules.find(|rule| Some(&rule.name_at) == name.as_ref());
    rule.into_iter()
        .flat_map(|rule| &rule.events)
        .map(String::as_str)
        .collect()
}

/// The events of the rule that an `except` names, if it is in this file.
fn excepted<'s>(walk: &Walk<'s>) -> Vec<&'s str> {
    let syntax = walk.syntax;
    let Some(first) = walk.clause().get(1).copied() else {
        return Vec::new();
    };
    let mut last = first;
    while syntax.token(last + 1) == Some(Token::Dot) && syntax.is_name(last + 2) {
        last += 2;
    }
    let name = syntax.written(last);
    let mut rules = syntax.outline.of_kind(What::Rule);
    let rule = rules.find(|rule| rule.name == name);
    rule.into_iter()
        .flat_map(|rule| &rule.events)
        .map(String::as_str)
        .collect()
}

/// The event that a test gives.
fn given<'s>(walk: &Walk<'s>) -> Option<&'s str> {
    let given = walk.frames.iter().find(|frame| frame.kind == Kind::Given)?;
    Some(walk.syntax.written(given.name?))
}
