//! The functions of conditions, as in `basename(pathname) == "sh"`: one file each, with what the
//! manual says of it, examples that a test runs, and what it gives. [`ALL`] is the table that the
//! checker, the suggestions, `tracee list functions` and docs/functions.md read.
//!
//! What holds for all of them: the result is absent if an argument is; of an argument that was cut
//! they see the bytes there are; and no result is longer than the argument it is made of
//! (`.` for an empty path apart).

mod at;
mod base64_decode;
mod basename;
mod dirname;
mod extension;
mod join;
mod len;
mod lower;
mod manual;
mod normalize;
mod trim;
mod truncated;
mod upper;

use std::fmt;

use crate::hir::TextOp;
use crate::types::{IntType, Type};

pub use manual::{Example, Sample};

/// All functions, by name.
pub static ALL: &[&Function] = &[
    &at::AT,
    &base64_decode::BASE64_DECODE,
    &basename::BASENAME,
    &dirname::DIRNAME,
    &extension::EXTENSION,
    &join::JOIN,
    &len::LEN,
    &lower::LOWER,
    &normalize::NORMALIZE,
    &trim::TRIM,
    &truncated::TRUNCATED,
    &upper::UPPER,
];

/// The function with a name.
pub fn find(name: &str) -> Option<&'static Function> {
    ALL.iter().copied().find(|function| function.name == name)
}

/// The most arguments that a function takes.
pub const MAX_ARGUMENTS: usize = 2;
/// How deep calls may stand in arguments of calls.
pub const MAX_NESTING: usize = 8;
/// The largest index of [`Accepts::Index`]: a list has fewer elements.
pub const MAX_INDEX: i128 = 32_767;

/// A function of conditions.
pub struct Function {
    /// `basename`.
    pub name: &'static str,
    /// What it gives: Markdown, the first sentence by itself where there is room for one only.
    pub doc: &'static str,
    /// What it is given.
    pub parameters: &'static [Parameter],
    /// The type of what it gives.
    pub result: Type,
    /// What it gives of little, much or cut arguments; Markdown.
    pub edges: &'static str,
    /// What it gives of some arguments.
    pub examples: &'static [Example],
    /// Conditions that use it: the event and the condition.
    pub conditions: &'static [(&'static str, &'static str)],
    /// How it is evaluated.
    pub evaluation: Evaluation,
    /// Whether what it gives is a part of the argument as it stands there.
    pub is_part: bool,
    /// Whether what it gives may have NUL bytes, which no string of an event has.
    pub any_bytes: bool,
    /// Functions that make no difference within this one: those of `lower` in `lower(upper(x))`.
    pub ignores: &'static [&'static str],
    /// Whether no result at all passes a test, and why.
    pub impossible: fn(Asked<'_>) -> Option<Impossible>,
}

/// One thing that a function is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in the manual.
    pub name: &'static str,
    /// What it may be.
    pub accepts: Accepts,
}

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// A string or a path.
    Text,
    /// A list of strings.
    List,
    /// A string, a path, bytes or a list.
    Sized,
    /// A number that is written there, from 0 to [`MAX_INDEX`].
    Index,
    /// An argument of the event that the kernel may cut, by itself.
    Cuttable,
}

impl Accepts {
    /// Whether a value of this type is one.
    pub fn takes(self, ty: &Type) -> bool {
        let is_list = matches!(ty, Type::List(_));
        match self {
            Self::Text => ty.is_text(),
            Self::List => is_list,
            Self::Sized | Self::Cuttable => ty.is_text() || *ty == Type::Bytes || is_list,
            Self::Index => false,
        }
    }

    /// As a signature shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::List => "list<string>",
            Self::Sized | Self::Cuttable => "string | bytes | list<string>",
            Self::Index => "number",
        }
    }
}

/// How a function is evaluated.
#[derive(Debug, Clone, Copy)]
pub enum Evaluation {
    /// From the values of its arguments, which are all there.
    Values(Evaluate),
    /// Whether the field that is its argument, and there, was cut.
    Cut,
}

/// Evaluates a function. What is neither a number nor a part of an argument goes into the buffer,
/// which is empty before.
pub type Evaluate = for<'a> fn(&mut [Argument<'a, '_>], &mut Vec<u8>) -> Answer<'a>;

/// The value of an argument.
pub enum Argument<'a, 'i> {
    /// A number.
    Int(i128),
    /// A string, path or byte string.
    Bytes(&'a [u8]),
    /// The strings of a list.
    List(&'i mut dyn Iterator<Item = &'a [u8]>),
}

/// What a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// Nothing.
    Absent,
    /// A number.
    Int(i128),
    /// A part of an argument, or a constant.
    Part(&'a [u8]),
    /// What is in the buffer now.
    Made,
}

/// A test of a result against a literal.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// How they compare.
    pub op: TextOp,
    /// With what.
    pub literal: &'a [u8],
    /// Ignoring ASCII case.
    pub fold: bool,
}

/// Why a test can't pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impossible {
    /// After “it can never match:”.
    pub why: &'static str,
    /// The literal that is probably meant.
    pub instead: Option<Vec<u8>>,
}

impl Function {
    /// `basename(path: string) -> string`
    pub fn signature(&self) -> String {
        let parameters: Vec<_> = self
            .parameters
            .iter()
            .map(|parameter| format!("{}: {}", parameter.name, parameter.accepts.name()))
            .collect();
        let result = match &self.result {
            Type::Bool => "bool",
            Type::Int(_) => "u64",
            Type::Path => "path",
            _ => "string",
        };
        format!("{}({}) -> {result}", self.name, parameters.join(", "))
    }

    /// The first sentence of [`Function::doc`], without its full stop.
    pub fn summary(&self) -> &'static str {
        let line = self.doc.split("\n\n").next().unwrap_or_default();
        line.split_once(". ")
            .map_or(line, |(first, _)| first)
            .trim_end_matches('.')
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for Argument<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(int) => int.fmt(f),
            Self::Bytes(bytes) => bytes.fmt(f),
            Self::List(_) => f.write_str("List"),
        }
    }
}

/// A count.
const U64: Type = Type::Int(IntType {
    bits: 64,
    signed: false,
});

/// A function of one string that gives a part of it.
const fn text(name: &'static str) -> Parameter {
    Parameter {
        name,
        accepts: Accepts::Text,
    }
}

/// Every test may pass.
fn possible(_: Asked<'_>) -> Option<Impossible> {
    None
}

#[cfg(test)]
mod tests;
