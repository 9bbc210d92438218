//! Values as the interpreter sees them, and the view of an event that it reads them through.

use std::borrow::Cow;

use crate::context::{ContextField, ProcessField};

/// A value borrowed from an event, or made of such by a function.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Not there (a missing argument, an unknown parent). Every atom with it is false.
    Absent,
    /// An integer, enum, flag set, bool (0 or 1), port, time or pointer.
    Int(i128),
    /// A string, path or byte string, or the 4 or 16 bytes of an ip.
    Bytes(Cow<'a, [u8]>),
    /// A list of strings.
    List(Vec<&'a [u8]>),
}

impl<'a> Value<'a> {
    /// Bytes of the event.
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// An event with its process, as the interpreter reads it.
pub trait EventView {
    /// The value of an argument's slot ([`crate::schema::Event::slots`]).
    fn slot(&self, slot: u16) -> Value<'_>;
    /// Whether the slot's value was cut.
    fn truncated(&self, slot: u16) -> bool;
    /// A context field.
    fn context(&self, field: ContextField) -> Value<'_>;
    /// A property of the `depth`-th ancestor: 0 is the process itself, 1 its parent. `None` past
    /// the last known one.
    fn ancestor(&self, depth: usize, field: ProcessField) -> Option<Value<'_>>;
}

/// The most ancestors that a quantifier looks at; a tree deeper than this is cut there.
pub const MAX_ANCESTORS: usize = 64;
