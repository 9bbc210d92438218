//! What conditions mean. This is the definition of the language: the kernel's filter may let more
//! events pass, the generated code is faster, but what is detected is what [`matches`] says.
//!
//! The rules of meaning stand at the functions that follow them. The first one is for all: an *atom*
//! (everything but `not`, `and`, `or` and quantifiers) is false if a value that it looks at is absent.
//! So `a != b`, which is `not (a == b)`, is true then.

use crate::address;
use crate::context::ProcessField;
use crate::functions::{Answer, Argument, Evaluation};
use crate::hir::{Call, CompareOp, Expr, ExprKind, Field, Iterated, Operand, TextOp};
use crate::types::Type;
use crate::value::{EventView, MAX_ANCESTORS, Value};

/// Whether the event satisfies the condition.
pub fn matches(condition: &Expr, event: &dyn EventView) -> bool {
    Interpreter {
        event,
        elements: Vec::new(),
    }
    .expr(condition)
}

/// The value of a field, or of what is made of fields, for the event.
pub fn value<'a>(operand: &'a Operand, event: &'a dyn EventView) -> Value<'a> {
    Interpreter {
        event,
        elements: Vec::new(),
    }
    .value(operand)
}

/// What a quantifier stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element<'a> {
    /// A string of a list.
    String(&'a [u8]),
    /// The process so many steps up; 0 is the event's own.
    Ancestor(usize),
}

pub(crate) struct Interpreter<'a> {
    pub(crate) event: &'a dyn EventView,
    /// Of the quantifiers around the expression, the outermost first.
    pub(crate) elements: Vec<Element<'a>>,
}

impl<'a> Interpreter<'a> {
    pub(crate) fn expr(&mut self, expr: &'a Expr) -> bool {
        match &expr.kind {
            ExprKind::Bool(value) => *value,
            ExprKind::Not(of) => !self.expr(of),
            ExprKind::And(all) => all.iter().all(|expr| self.expr(expr)),
            ExprKind::Or(any) => any.iter().any(|expr| self.expr(expr)),
            ExprKind::Test(operand) => {
                matches!(self.value(operand), Value::Int(value) if value != 0)
            }
            ExprKind::Compare { op, left, right } if is_address(left) => {
                *op == CompareOp::Eq && same_address(&self.value(left), &self.value(right))
            }
            ExprKind::Compare { op, left, right } => {
                compare(*op, &self.value(left), &self.value(right))
            }
            ExprKind::InInts { value, ranges } => match self.value(value) {
                Value::Int(value) => ranges
                    .iter()
                    .any(|(low, high)| (*low..=*high).contains(&value)),
                _ => false,
            },
            ExprKind::InAddresses { value, addresses } => match self.value(value) {
                Value::Bytes(value) => {
                    address::number(&value).is_some_and(|number| addresses.contains(number))
                }
                _ => false,
            },
            ExprKind::Text {
                op,
                value,
                literals,
                fold,
            } => match self.value(value) {
                Value::Bytes(value) => literals
                    .iter()
                    .any(|literal| text(*op, &value, literal, *fold)),
                _ => false,
            },
            ExprKind::TextPair {
                op,
                value,
                with,
                fold,
            } => match (self.value(value), self.value(with)) {
                (Value::Bytes(value), Value::Bytes(with)) => text_pair(*op, &value, &with, *fold),
                _ => false,
            },
            ExprKind::Pattern { value, set } => match self.value(value) {
                Value::Bytes(value) => set.matches(&value),
                _ => false,
            },
            ExprKind::Has { value, flags, all } => match self.value(value) {
                Value::Int(value) => has(value, flags, *all),
                _ => false,
            },
            // The one atom that an absent value does not make false by itself: it asks for it.
            ExprKind::Exists(operand) => self.value(operand) != Value::Absent,
            ExprKind::Quantifier { all, over, body } => self.quantifier(*all, over, body),
        }
    }

    /// `any` is true if the body is for one element, `all` if it is for each. Over an absent list both
    /// are false; over an empty one `any` is false and `all` true. A list that was cut has the
    /// elements that there are.
    fn quantifier(&mut self, all: bool, over: &Iterated, body: &'a Expr) -> bool {
        let Some(elements) = self.iterated(over) else {
            return false;
        };
        let mut elements = elements.into_iter();
        let mut holds = |element| self.at(element, |this| this.expr(body));
        if all {
            elements.all(&mut holds)
        } else {
            elements.any(&mut holds)
        }
    }

    /// What a quantifier iterates; [`None`] if it is absent.
    pub(crate) fn iterated(&self, over: &Iterated) -> Option<Vec<Element<'a>>> {
        match over {
            Iterated::List(field) => match self.field(*field) {
                Value::List(strings) => Some(strings.into_iter().map(Element::String).collect()),
                _ => None,
            },
            Iterated::Ancestors => {
                let known = (0..MAX_ANCESTORS)
                    .take_while(|depth| self.event.ancestor(*depth, ProcessField::Pid).is_some())
                    .map(Element::Ancestor)
                    .collect::<Vec<_>>();
                // The process itself is the first: without it nothing is known.
                (!known.is_empty()).then_some(known)
            }
        }
    }

    /// Does something with a quantifier standing at an element.
    pub(crate) fn at<T>(&mut self, element: Element<'a>, with: impl FnOnce(&mut Self) -> T) -> T {
        self.elements.push(element);
        let done = with(self);
        self.elements.pop();
        done
    }

    pub(crate) fn field(&self, field: Field) -> Value<'a> {
        match field {
            Field::Slot(slot) => self.event.slot(slot),
            Field::Context(field) => self.event.context(field),
        }
    }

    pub(crate) fn value(&self, operand: &'a Operand) -> Value<'a> {
        match operand {
            Operand::Field(field, _) => self.field(*field),
            Operand::Int(int) => Value::Int(*int),
            Operand::Text(text) => Value::Bytes((&**text).into()),
            Operand::Element(depth) => match self.element(*depth) {
                Some(Element::String(string)) => Value::Bytes(string.into()),
                _ => Value::Absent,
            },
            Operand::Ancestor(depth, field) => match self.element(*depth) {
                Some(Element::Ancestor(at)) => self
                    .event
                    .ancestor(at, *field)
                    .map_or(Value::Absent, Value::from),
                _ => Value::Absent,
            },
            Operand::Call(call) => self.call(call),
        }
    }

    /// What a function gives: nothing, if an argument is absent.
    fn call(&self, call: &'a Call) -> Value<'a> {
        let values: Vec<Value<'a>> = call.arguments.iter().map(|one| self.value(one)).collect();
        if values.contains(&Value::Absent) {
            return Value::Absent;
        }
        let evaluate = match (call.function.evaluation, &call.arguments[..]) {
            (Evaluation::Values(evaluate), _) => evaluate,
            (Evaluation::Cut, [Operand::Field(Field::Slot(slot), _)]) => {
                return Value::Int(self.event.truncated(*slot).into());
            }
            (Evaluation::Cut, _) => return Value::Int(0),
        };
        let items = |value: &Value<'a>| match value {
            Value::List(items) => items.clone(),
            _ => Vec::new(),
        };
        let mut lists: Vec<_> = values.iter().map(|one| items(one).into_iter()).collect();
        let arguments = values.iter().zip(&mut lists);
        let mut arguments: Vec<Argument<'_, '_>> = arguments
            .map(|(value, list)| match value {
                Value::Int(int) => Argument::Int(*int),
                Value::Bytes(bytes) => Argument::Bytes(bytes),
                Value::List(_) | Value::Absent => Argument::List(list),
            })
            .collect();
        let mut made = Vec::new();
        match evaluate(&mut arguments, &mut made) {
            Answer::Absent => Value::Absent,
            Answer::Int(int) => Value::Int(int),
            Answer::Part(part) => Value::Bytes(part.to_vec().into()),
            Answer::Made => Value::Bytes(made.into()),
        }
    }

    fn element(&self, depth: u8) -> Option<Element<'a>> {
        self.elements.iter().rev().nth(depth.into()).copied()
    }
}

/// Integers compare by value, whatever their width and sign; byte strings have equality only.
fn compare(op: CompareOp, left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => match op {
            CompareOp::Eq => left == right,
            CompareOp::Lt => left < right,
            CompareOp::Le => left <= right,
            CompareOp::Gt => left > right,
            CompareOp::Ge => left >= right,
        },
        (Value::Bytes(left), Value::Bytes(right)) => op == CompareOp::Eq && left == right,
        _ => false,
    }
}

fn is_address(operand: &Operand) -> bool {
    matches!(operand, Operand::Field(_, Type::Ip))
}

/// By their numbers: an IPv4 address and the IPv6 address it is mapped to are the same. Bytes that are
/// neither 4 nor 16 are no address, and as absent.
fn same_address(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Bytes(left), Value::Bytes(right)) => {
            let left = address::number(left);
            left.is_some() && left == address::number(right)
        }
        _ => false,
    }
}

/// Whether a string passes a test against one literal: by bytes; `fold` takes the 26 ASCII letters of
/// either case as equal. Every string has the empty prefix, suffix and part. What is under a path is
/// the path itself and what has a slash behind it: `..` and links are what they are in the string.
#[inline]
pub fn text(op: TextOp, value: &[u8], literal: &[u8], fold: bool) -> bool {
    let same = |a: &[u8]| {
        if fold {
            a.eq_ignore_ascii_case(literal)
        } else {
            a == literal
        }
    };
    let length = literal.len();
    match op {
        TextOp::Eq => same(value),
        TextOp::Prefix => value.get(..length).is_some_and(same),
        TextOp::Suffix => value
            .len()
            .checked_sub(length)
            .is_some_and(|start| same(&value[start..])),
        TextOp::Contains => length == 0 || value.windows(length).any(same),
        TextOp::Under if literal == b"/" => value.first() == Some(&b'/'),
        TextOp::Under => {
            let ends = value.get(length).is_none_or(|byte| *byte == b'/');
            ends && value.get(..length).is_some_and(same)
        }
    }
}

/// Whether a string passes a test against another of the event. A directory may have slashes at its
/// end there, and nothing is under the empty one.
pub fn text_pair(op: TextOp, value: &[u8], with: &[u8], fold: bool) -> bool {
    if op != TextOp::Under {
        return text(op, value, with, fold);
    }
    let Some(first) = with.first() else {
        return false;
    };
    let end = with.iter().rposition(|byte| *byte != b'/');
    let directory = end.map_or(std::slice::from_ref(first), |end| &with[..=end]);
    text(op, value, directory, fold)
}

/// A flag is there if the bits of its mask are those it wants; a negative value's bits are those of
/// its two's complement.
fn has(value: i128, flags: &[(u64, u64)], all: bool) -> bool {
    let bits = value as u64; // the low 64 bits of the two's complement
    let mut there = flags.iter().map(|(mask, want)| bits & mask == *want);
    if all {
        there.all(|there| there)
    } else {
        there.any(|there| there)
    }
}
