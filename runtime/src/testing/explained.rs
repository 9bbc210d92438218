//! Why a condition held or didn't, as data that outlives the event: a tree with the value under each
//! part, in words that a person reads.

use tracee_compiler::pretty::Printer;
use tracee_lang::context::{self, ContextField};
use tracee_lang::hir::{ExprKind, Field, Iterated, Operand};
use tracee_lang::interpreter::Element;
use tracee_lang::schema::{Event, Schema};
use tracee_lang::source::Span;
use tracee_lang::trace::{Seen, Trace};
use tracee_lang::types::Type;
use tracee_lang::value::Value;

use crate::format::Formatted;
use crate::text::Shown;

/// Bytes of a string that are shown.
const MAX_BYTES: usize = 120;
/// Strings of a list that are shown.
const MAX_ITEMS: usize = 16;

/// A part of a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// What it is.
    pub form: Form,
    /// As it could be written, with lists and `let`s in place.
    pub text: String,
    /// Where it is written; of a part of a `let`, where that is used.
    pub span: Span,
    /// Whether it holds.
    pub holds: bool,
    /// The values that an atom looks at.
    pub values: Vec<Named>,
    /// The parts of `not`, `and` and `or`.
    pub parts: Vec<Explained>,
    /// Of a quantifier, its list and the elements that were looked at, with the body for each.
    pub list: Option<List>,
}

/// The forms of conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Has no parts.
    Atom,
    /// `not a`
    Not,
    /// `a and b`
    And,
    /// `a or b`
    Or,
    /// `any x in xs { … }`
    Any,
    /// `all x in xs { … }`
    All,
}

/// A value with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// `pathname`, `proc.ancestors[1].comm`
    pub name: String,
    /// As a person writes it; [`None`] if it is absent.
    pub value: Option<String>,
    /// It was cut.
    pub truncated: bool,
}

/// What a quantifier went through.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// `argv`
    pub name: String,
    /// How many elements there are; [`None`] if it is absent.
    pub count: Option<usize>,
    /// It was cut: there were more.
    pub truncated: bool,
    /// Some of the elements: the first ones, and the one that decided.
    pub elements: Vec<(Named, Explained)>,
}

/// A trace of a condition on an event, in words.
pub(super) fn explain(schema: &Schema, event: &Event, trace: &Trace<'_>) -> Explained {
    Explainer {
        schema,
        event,
        printer: Printer::new(schema, event),
        elements: Vec::new(),
    }
    .part(trace)
}

struct Explainer<'a> {
    schema: &'a Schema,
    event: &'a Event,
    printer: Printer<'a>,
    /// `argv[0]`, of the quantifiers around, the outermost first.
    elements: Vec<String>,
}

impl Explainer<'_> {
    fn part(&mut self, trace: &Trace<'_>) -> Explained {
        let form = match &trace.expr.kind {
            ExprKind::Not(_) => Form::Not,
            ExprKind::And(_) => Form::And,
            ExprKind::Or(_) => Form::Or,
            ExprKind::Quantifier { all: false, .. } => Form::Any,
            ExprKind::Quantifier { all: true, .. } => Form::All,
            _ => Form::Atom,
        };
        let values = trace.values.iter().map(|seen| self.seen(seen)).collect();
        let list = match (&trace.elements, &trace.expr.kind) {
            (Some(elements), ExprKind::Quantifier { over, .. }) => {
                let name = self.printer.field(match over {
                    Iterated::List(field) => Some(*field),
                    Iterated::Ancestors => None,
                });
                let shown = elements.shown.iter();
                let elements_shown = shown
                    .map(|(at, element, body)| self.element(&name, *at, element, body))
                    .collect();
                Some(List {
                    name,
                    count: elements.count,
                    truncated: elements.truncated,
                    elements: elements_shown,
                })
            }
            _ => None,
        };
        Explained {
            form,
            text: self.printer.part(trace.expr, &self.elements),
            span: trace.expr.span,
            holds: trace.holds,
            values,
            parts: trace.parts.iter().map(|part| self.part(part)).collect(),
            list,
        }
    }

    fn element(
        &mut self,
        list: &str,
        at: usize,
        element: &Element<'_>,
        body: &Trace<'_>,
    ) -> (Named, Explained) {
        let name = format!("{list}[{at}]");
        let value = match element {
            Element::String(bytes) => Some(quoted(bytes)),
            // Its properties are shown where the body looks at them.
            Element::Ancestor(_) => None,
        };
        self.elements.push(name.clone());
        let body = self.part(body);
        self.elements.pop();
        let named = Named {
            name,
            value,
            truncated: false,
        };
        (named, body)
    }

    fn seen(&self, seen: &Seen<'_>) -> Named {
        let property = |field| context::info(ContextField::Proc(field));
        let ty = match &seen.operand {
            Operand::Field(Field::Slot(slot), _) => {
                let slot = self.event.slots.get(usize::from(*slot));
                slot.map_or(&Type::Error, |slot| &slot.ty)
            }
            Operand::Field(Field::Context(field), _) => {
                context::info(*field).map_or(&Type::Error, |info| &info.ty)
            }
            Operand::Ancestor(_, field) => property(*field).map_or(&Type::Error, |info| &info.ty),
            Operand::Call(call) => &call.function.result,
            Operand::Element(_) | Operand::Int(_) | Operand::Text(_) => &Type::String,
        };
        Named {
            name: self.printer.operand(&seen.operand, &self.elements),
            value: self.value(&seen.value, ty),
            truncated: seen.truncated,
        }
    }

    fn value(&self, value: &Value<'_>, ty: &Type) -> Option<String> {
        match value {
            Value::Absent => None,
            Value::Bytes(bytes) if ty.is_text() => Some(quoted(bytes)),
            Value::List(items) => {
                let shown: Vec<_> = items
                    .iter()
                    .take(MAX_ITEMS)
                    .map(|item| quoted(item))
                    .collect();
                let more = match items.len() - shown.len() {
                    0 => String::new(),
                    more => format!(", … {more} more"),
                };
                Some(format!("[{}{more}]", shown.join(", ")))
            }
            value => {
                let schema = self.schema;
                Some(Formatted { schema, ty, value }.to_string())
            }
        }
    }
}

/// A string in quotes, not too long.
fn quoted(bytes: &[u8]) -> String {
    let kept = &bytes[..bytes.len().min(MAX_BYTES)];
    let more = match bytes.len() - kept.len() {
        0 => String::new(),
        more => format!("… {more} bytes more"),
    };
    format!("\"{}\"{more}", Shown(kept))
}
