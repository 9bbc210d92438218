//! What an expression of Rego comes to before the event is known.

use regorus::Value;
use tracee_lang::hir::{Field, Operand};
use tracee_lang::types::{EnumId, FlagsId};

use super::truth::Truth;

/// A quantifier over a list of strings that a path has opened, by number.
pub(super) type ElementId = usize;

/// A value that depends on the event. Wherever one is, the conditions of its path say that it is there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sym {
    /// The same for every event.
    Const(Value),
    /// A string that the event has, as it is.
    Text(Text),
    /// A string that stands for a number.
    Coded(Coded),
    /// A number.
    Int(Int),
    /// True or false.
    Truth(Truth, Option<ElementId>),
    /// Base64 of bytes of the event, or what `base64.decode` gives of it.
    Bytes,
    /// A list of strings.
    List(Field),
    /// `input`, or an object in it.
    Input(&'static str),
    /// `input.args`.
    Args,
    /// An element of it, by the number of the argument in the schema.
    Arg(usize),
    /// The place of that argument among those that are there.
    ArgPlace(usize),
    /// A value of an argument that is a struct.
    Struct(usize),
    /// A collection, with the condition of each of its elements.
    Elements(Vec<(Truth, Sym)>),
    /// How many elements a collection has, of which it is known when there are any.
    Count(Truth),
    /// Anything.
    Unknown,
}

impl Sym {
    /// The quantifier that it depends on.
    pub(super) fn element(&self) -> Option<ElementId> {
        match self {
            Self::Text(text) => text.element,
            Self::Truth(_, element) => *element,
            _ => None,
        }
    }
}

/// A string of the event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub(super) operand: Operand,
    pub(super) element: Option<ElementId>,
    /// `lower` was applied.
    pub(super) lower: bool,
}

/// A string that stands for a number of the event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Coded {
    pub(super) operand: Operand,
    pub(super) code: Code,
    /// `lower` was applied.
    pub(super) lower: bool,
}

/// How a number is a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Enum(EnumId),
    Flags(FlagsId),
    Decimal,
    /// `0x…`
    Hexadecimal,
}

/// A number of the event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Int {
    pub(super) operand: Operand,
    pub(super) signed: bool,
}

/// The order of kinds in comparisons; [`None`] if the kind is not known.
pub(super) fn kind(of: &Sym) -> Option<u8> {
    Some(match of {
        Sym::Const(Value::Null) => 0,
        Sym::Const(Value::Bool(_)) | Sym::Truth(..) => 1,
        Sym::Const(Value::Number(_)) | Sym::Int(_) | Sym::ArgPlace(_) | Sym::Count(_) => 2,
        Sym::Const(Value::String(_)) | Sym::Text(_) | Sym::Coded(_) => 3,
        Sym::Const(Value::Array(_)) | Sym::List(_) | Sym::Args => 4,
        Sym::Const(Value::Object(_)) | Sym::Input(_) | Sym::Arg(_) | Sym::Struct(_) => 5,
        Sym::Const(Value::Set(_)) => 6,
        Sym::Const(Value::Undefined) | Sym::Bytes | Sym::Elements(_) | Sym::Unknown => return None,
    })
}
