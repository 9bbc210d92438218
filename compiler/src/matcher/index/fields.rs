//! Reading fields for the index, as the interpreter's view has them. Arguments and the task name, which most
//! rules ask for, are read from the record at once; other context through the view.

use std::borrow::Cow;

use tracee_lang::address;
use tracee_lang::context::{ContextField, ProcessField};
use tracee_lang::hir::Field;
use tracee_lang::schema::{Event, Schema};
use tracee_lang::types::Type;
use tracee_lang::value::{EventView, Value};

use super::numbers::of_address;
use super::texts::Ends;
use crate::layout::{HeaderField, Storage, header_field};
use crate::matcher::view::View;

/// A string, or a list of them.
#[derive(Debug, Clone, Copy)]
pub(super) enum TextSource {
    Slot(u16),
    List(u16),
    Comm,
    Context(ContextField),
}

/// An integer or an address.
#[derive(Debug, Clone, Copy)]
pub(super) enum NumberSource {
    Unsigned(u16),
    Signed(u16),
    Address(u16),
    Header(HeaderField),
    Context(ContextField),
}

impl TextSource {
    /// Where a field of a text type is; `None` if the event does not have it.
    pub(super) fn of(event: &Event, field: Field) -> Option<Self> {
        Some(match field {
            Field::Slot(slot) => match event.slots.get(usize::from(slot))?.ty {
                Type::List(_) => Self::List(slot),
                _ => Self::Slot(slot),
            },
            Field::Context(ContextField::Proc(ProcessField::Comm)) => Self::Comm,
            Field::Context(field) => Self::Context(field),
        })
    }

    /// Calls `each` with the string and its ends, or with the strings of the list, until it gives `false`; so does this
    /// then.
    #[inline(always)]
    pub(super) fn read(self, view: &View<'_>, mut each: impl FnMut(&[u8], Ends) -> bool) -> bool {
        let mut any = |text: &[u8]| each(text, Ends::of(text));
        match self {
            Self::Slot(slot) => view.record.tail(slot).is_none_or(any),
            Self::List(slot) => match view.record.list(slot) {
                Some(mut items) => items.all(any),
                None => true,
            },
            Self::Comm => {
                let text = view.record.comm();
                let ends = Ends::of_name(&view.record.header().comm, text.len());
                each(text, ends)
            }
            Self::Context(field) => match view.context(field) {
                Value::Bytes(Cow::Borrowed(text)) => any(text),
                Value::Bytes(Cow::Owned(text)) => any(&text),
                Value::List(items) => items.into_iter().all(any),
                _ => true,
            },
        }
    }
}

impl NumberSource {
    /// Where an integer or an address is; `None` if the event does not have it.
    pub(super) fn of(schema: &Schema, event: &Event, field: Field) -> Option<Self> {
        Some(match field {
            Field::Slot(slot) => {
                let ty = &event.slots.get(usize::from(slot))?.ty;
                match schema.int_repr(ty) {
                    Some(int) if int.signed => Self::Signed(slot),
                    Some(_) => Self::Unsigned(slot),
                    None => Self::Address(slot),
                }
            }
            Field::Context(field) => match header_field(field) {
                Some(header) if header.storage != Storage::Comm => Self::Header(header),
                _ => Self::Context(field),
            },
        })
    }

    /// The number, if it is there.
    #[inline(always)]
    pub(super) fn read(self, view: &View<'_>) -> Option<i128> {
        let record = &view.record;
        match self {
            Self::Unsigned(slot) => record.word(slot).map(i128::from),
            Self::Signed(slot) => record.word(slot).map(|word| word.cast_signed().into()),
            Self::Address(slot) => address::number(record.tail(slot)?).map(of_address),
            Self::Header(header) => {
                let word = record.header_word(header)?;
                Some(match header.storage {
                    Storage::Retval => word.cast_signed().into(),
                    _ => word.into(),
                })
            }
            Self::Context(field) => match view.context(field) {
                Value::Int(number) => Some(number),
                _ => None,
            },
        }
    }
}
