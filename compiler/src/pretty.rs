//! Conditions and selectors as `.tp`-like text, with the names of constants: for `tracee explain`,
//! and for reading snapshots.

mod check;
mod condition;

use tracee_lang::context;
use tracee_lang::hir::{Expr, Field, Iterated, Operand, display};
use tracee_lang::schema::{Event, Schema};
use tracee_lang::types::Type;

use crate::plan::{Selector, Test};

/// Prints what belongs to one event.
#[derive(Debug, Clone, Copy)]
pub struct Printer<'a> {
    schema: &'a Schema,
    event: &'a Event,
}

impl<'a> Printer<'a> {
    /// For conditions and selectors on `event`.
    pub fn new(schema: &'a Schema, event: &'a Event) -> Self {
        Self { schema, event }
    }

    /// A condition, on one line.
    pub fn condition(&self, condition: &Expr) -> String {
        condition::print(self, condition)
    }

    /// A part of a condition from within quantifiers, whose elements go by these names, the outermost
    /// first.
    pub fn part(&self, condition: &Expr, elements: &[String]) -> String {
        condition::print_part(self, condition, elements)
    }

    /// A value that a part looks at, likewise.
    pub fn operand(&self, operand: &Operand, elements: &[String]) -> String {
        condition::print_operand(self, operand, elements)
    }

    /// The name of the elements of a quantifier that is within `depth` others.
    pub fn element(over: &Iterated, depth: usize) -> String {
        let letter = match over {
            Iterated::List(_) => "a",
            Iterated::Ancestors => "p",
        };
        if depth == 0 {
            letter.to_owned()
        } else {
            format!("{letter}{}", depth + 1)
        }
    }

    /// A selector: its tests joined by `and`, or `everything`.
    pub fn selector(&self, selector: &Selector) -> String {
        if selector.is_open() {
            return "everything".into();
        }
        let one = |test| self.test_below_and(test);
        selector
            .tests
            .iter()
            .map(one)
            .collect::<Vec<_>>()
            .join(" and ")
    }

    /// One test.
    pub fn test(&self, test: &Test) -> String {
        check::print(self, test).0
    }

    fn test_below_and(&self, test: &Test) -> String {
        match check::print(self, test) {
            (text, true) => format!("({text})"),
            (text, false) => text,
        }
    }

    /// A field as the user writes it; `None` is the process tree.
    pub fn field(&self, field: Option<Field>) -> String {
        match field {
            None => "proc.ancestors".into(),
            Some(Field::Slot(slot)) => match self.event.slots.get(usize::from(slot)) {
                Some(slot) => slot.path.clone(),
                None => format!("argument {slot}"),
            },
            Some(Field::Context(field)) => {
                context::info(field).map_or_else(|| format!("{field:?}"), |info| info.path.into())
            }
        }
    }

    fn field_type(&self, field: Field) -> Option<&'a Type> {
        match field {
            Field::Slot(slot) => self.event.slots.get(usize::from(slot)).map(|slot| &slot.ty),
            Field::Context(field) => context::info(field).map(|info| &info.ty),
        }
    }

    /// An integer of this type: the constant's name, or a number.
    fn int(&self, ty: Option<&Type>, value: i128) -> String {
        let name = match ty {
            Some(Type::Enum(id)) => {
                let constants = &self.schema.enum_type(*id).constants;
                constants
                    .iter()
                    .find(|(_, number)| *number == value)
                    .map(|(name, _)| name)
            }
            Some(Type::Flags(id)) => {
                let constants = &self.schema.flags_type(*id).constants;
                let same = |number: u64| i128::from(number) == value;
                constants
                    .iter()
                    .find(|constant| same(constant.value))
                    .map(|constant| &constant.name)
            }
            _ => None,
        };
        match (name, ty) {
            (Some(name), _) => name.clone(),
            (None, Some(Type::Pointer | Type::Flags(_))) if value >= 0 => format!("{value:#x}"),
            (None, Some(Type::Bool)) if (0..=1).contains(&value) => (value == 1).to_string(),
            _ => display::int(value, ty),
        }
    }

    /// A flag: the constant's name, or the bits.
    fn flag(&self, ty: Option<&Type>, mask: u64, want: u64) -> String {
        let known = match ty {
            Some(Type::Flags(id)) => self.schema.flags_type(*id).constants.as_slice(),
            _ => &[],
        };
        match known
            .iter()
            .find(|constant| (constant.mask, constant.value) == (mask, want))
        {
            Some(constant) => constant.name.clone(),
            None if mask == want => format!("{mask:#x}"),
            None => format!("{want:#x} of {mask:#x}"),
        }
    }
}
