//! Conditions as text, near to how they are written: for plans, golden files and failing tests.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use super::{CompareOp, Expr, ExprKind, Field, Iterated, Operand};
use crate::address::set::AddressSet;
use crate::context::{self, ContextField, ProcessField};
use crate::schema::Event;
use crate::times::{Length, Moment};
use crate::types::Type;

/// The condition as text. The event gives its slots their names; without it they are `slot0` ….
pub fn condition(expr: &Expr, event: Option<&Event>) -> String {
    show(expr, event, Lists::Whole)
}

/// The same for a person who need not see all of a long list.
pub(crate) fn brief(expr: &Expr, event: Option<&Event>) -> String {
    show(expr, event, Lists::Cut)
}

/// A text that conditions on one event have in common if they say the same. Only for those of one
/// check, where equal lists are the same one in memory: a long list is its address.
pub(crate) fn fingerprint(expr: &Expr) -> String {
    show(expr, None, Lists::Address)
}

fn show(expr: &Expr, event: Option<&Event>, lists: Lists) -> String {
    Shown { expr, event, lists }.to_string()
}

/// How lists are shown that have more than [`FEW`] elements.
#[derive(Debug, Clone, Copy)]
enum Lists {
    Whole,
    Cut,
    Address,
}

/// Shorter lists are always shown whole.
const FEW: usize = 8;

impl Lists {
    /// The elements of a list, joined.
    fn elements<T>(self, all: &Arc<[T]>, show: impl Fn(&T) -> String) -> String {
        let join = |some: &[T]| some.iter().map(&show).collect::<Vec<_>>().join(", ");
        match self {
            Self::Cut if all.len() > FEW => format!("{}, …", join(&all[..FEW])),
            Self::Address if all.len() > FEW => format!("{:p}", Arc::as_ptr(all)),
            _ => join(all),
        }
    }

    /// A set of addresses with its operator.
    fn addresses(self, all: &AddressSet) -> String {
        match self {
            Self::Cut if all.as_slice().len() > FEW => {
                let parts = all.parts().into_iter().take(FEW);
                let parts: Vec<_> = parts.map(|part| part.to_string()).collect();
                format!("in [{}, …]", parts.join(", "))
            }
            Self::Address if all.as_slice().len() > FEW => format!("in {:p}", all.as_slice()),
            _ => all.to_string(),
        }
    }
}

/// A field's name: `pathname`, `addr.port`, `proc.uid`.
pub fn field(field: Field, event: Option<&Event>) -> String {
    match field {
        Field::Slot(slot) => match event.and_then(|event| event.slots.get(usize::from(slot))) {
            Some(slot) => slot.path.clone(),
            None => format!("slot{slot}"),
        },
        Field::Context(field) => {
            context::info(field).map_or_else(|| format!("{field:?}"), |info| info.path.to_owned())
        }
    }
}

/// A value as it is written: a field's name, a literal.
pub fn operand(operand: &Operand, event: Option<&Event>) -> String {
    // `it` is the innermost quantifier's element, `it1` that of the next one out.
    let it = |depth: &u8| match depth {
        0 => "it".to_owned(),
        depth => format!("it{depth}"),
    };
    match operand {
        Operand::Field(of, _) => field(*of, event),
        Operand::Int(int) => int.to_string(),
        Operand::Text(bytes) => literal(bytes),
        Operand::Element(depth) => it(depth),
        Operand::Ancestor(depth, property) => format!("{}.{}", it(depth), name(*property)),
        Operand::Call(call) => {
            let arguments = call.arguments.iter().map(|one| self::operand(one, event));
            let arguments: Vec<_> = arguments.collect();
            format!("{}({})", call.function.name, arguments.join(", "))
        }
    }
}

/// A string literal as it could be written: escaped, in quotes.
pub fn literal(bytes: &[u8]) -> String {
    let mut shown = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => shown.extend(['\\', c]),
                '\n' => shown.push_str("\\n"),
                '\r' => shown.push_str("\\r"),
                '\t' => shown.push_str("\\t"),
                c if c.is_ascii_control() => shown.push_str(&format!("\\x{:02x}", u32::from(c))),
                c if c.is_control() => shown.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
                c => shown.push(c),
            }
        }
        chunk
            .invalid()
            .iter()
            .for_each(|byte| shown.push_str(&format!("\\x{byte:02x}")));
    }
    shown.push('"');
    shown
}

/// `prefix~ "/etc/"`, `in ["a", "b"]`: a string operator with what stands after it.
pub fn text_operator(word: &str, fold: bool, literals: &[impl AsRef<[u8]>]) -> String {
    let shown: Vec<_> = literals.iter().map(|one| literal(one.as_ref())).collect();
    joined(word, fold, literals.len(), &shown.join(", "))
}

/// An operator with its elements, which are shown already.
fn joined(word: &str, fold: bool, count: usize, elements: &str) -> String {
    let fold = if fold { "~" } else { "" };
    match count {
        1 => format!("{word}{fold} {elements}"),
        _ => format!("{word}{fold} [{elements}]"),
    }
}

struct Shown<'a> {
    expr: &'a Expr,
    event: Option<&'a Event>,
    lists: Lists,
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let operand = |value: &Operand| operand(value, self.event);
        match &self.expr.kind {
            ExprKind::Bool(value) => write!(f, "{value}"),
            ExprKind::Not(of) => write!(f, "not {}", self.below(of)),
            ExprKind::And(all) => f.write_str(&self.joined(all, " and ")),
            ExprKind::Or(any) => f.write_str(&self.joined(any, " or ")),
            ExprKind::Test(value) => f.write_str(&operand(value)),
            ExprKind::Compare { op, left, right } => {
                let side = |of: &Operand, other: &Operand| match of {
                    Operand::Int(value) => int(*value, type_of(other)),
                    of => operand(of),
                };
                let (left, right) = (side(left, right), side(right, left));
                write!(f, "{left} {} {right}", symbol(*op))
            }
            ExprKind::InInts { value, ranges } => {
                let int = |number: &i128| int(*number, type_of(value));
                let show = |(low, high): &(i128, i128)| match low == high {
                    true => int(low),
                    false => format!("{}..{}", int(low), int(high)),
                };
                let ranges = self.lists.elements(ranges, show);
                write!(f, "{} in [{ranges}]", operand(value))
            }
            ExprKind::InAddresses { value, addresses } => {
                let addresses = self.lists.addresses(addresses);
                write!(f, "{} {addresses}", operand(value))
            }
            ExprKind::Text {
                op,
                value,
                literals,
                fold,
            } => {
                let right = self.texts(op.word(literals.len()), *fold, literals);
                write!(f, "{} {right}", operand(value))
            }
            ExprKind::Pattern { value, set } => {
                let right = self.texts(set.kind().word(), set.fold(), set.sources());
                write!(f, "{} {right}", operand(value))
            }
            ExprKind::TextPair {
                op,
                value,
                with,
                fold,
            } => {
                let fold = if *fold { "~" } else { "" };
                let word = op.word(1);
                write!(f, "{} {word}{fold} {}", operand(value), operand(with))
            }
            ExprKind::Has { value, flags, all } => {
                let flags: Vec<_> = flags
                    .iter()
                    .map(|(mask, want)| match mask == want {
                        true => format!("{want:#x}"),
                        false => format!("{want:#x} mask {mask:#x}"),
                    })
                    .collect();
                let how = if *all { "all" } else { "any" };
                write!(f, "{} has {how} [{}]", operand(value), flags.join(", "))
            }
            ExprKind::Exists(value) => write!(f, "{} exists", operand(value)),
            ExprKind::Quantifier { all, over, body } => {
                let word = if *all { "all" } else { "any" };
                let over = match over {
                    Iterated::List(of) => field(*of, self.event),
                    Iterated::Ancestors => "proc.ancestors".into(),
                };
                write!(
                    f,
                    "{word} it in {over} {{ {} }}",
                    Shown {
                        expr: body,
                        ..*self
                    }
                )
            }
        }
    }
}

impl Shown<'_> {
    fn texts(&self, word: &str, fold: bool, literals: &Arc<[Arc<[u8]>]>) -> String {
        let shown = self.lists.elements(literals, |bytes| literal(bytes));
        joined(word, fold, literals.len(), &shown)
    }

    /// A part in parentheses, if it needs them.
    fn below(&self, expr: &Expr) -> String {
        let shown = show(expr, self.event, self.lists);
        match expr.kind {
            ExprKind::And(_) | ExprKind::Or(_) => format!("({shown})"),
            _ => shown,
        }
    }

    fn joined(&self, parts: &[Expr], word: &str) -> String {
        let parts: Vec<_> = parts.iter().map(|part| self.below(part)).collect();
        parts.join(word)
    }
}

/// An integer as a value of this type: a moment, a length of time, else a number.
pub fn int(value: i128, ty: Option<&Type>) -> String {
    match (ty, u64::try_from(value)) {
        (Some(Type::Time), Ok(value)) => Moment(value).to_string(),
        (Some(Type::Duration), Ok(value)) => Length(value).to_string(),
        _ => value.to_string(),
    }
}

fn type_of(operand: &Operand) -> Option<&Type> {
    match operand {
        Operand::Field(_, ty) => Some(ty),
        Operand::Call(call) => Some(&call.function.result),
        _ => None,
    }
}

fn name(property: ProcessField) -> &'static str {
    let path = context::info(ContextField::Proc(property)).map_or("", |info| info.path);
    path.strip_prefix("proc.").unwrap_or(path)
}

fn symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "==",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
    }
}
