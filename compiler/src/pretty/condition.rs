//! Conditions.

use tracee_lang::context::{self, ContextField};
use tracee_lang::hir::{CompareOp, Expr, ExprKind, Field, Iterated, Operand, display};
use tracee_lang::types::Type;

use super::Printer;

/// How tightly an expression binds, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Not,
    Atom,
}

pub(super) fn print(printer: &Printer<'_>, condition: &Expr) -> String {
    Conditions {
        printer,
        names: Vec::new(),
    }
    .expr(condition, Binding::Or)
}

pub(super) fn print_part(printer: &Printer<'_>, condition: &Expr, elements: &[String]) -> String {
    Conditions {
        printer,
        names: elements.to_vec(),
    }
    .expr(condition, Binding::Or)
}

pub(super) fn print_operand(
    printer: &Printer<'_>,
    operand: &Operand,
    elements: &[String],
) -> String {
    Conditions {
        printer,
        names: elements.to_vec(),
    }
    .operand(operand, None)
}

struct Conditions<'a, 'p> {
    printer: &'p Printer<'a>,
    /// Of the elements of the quantifiers around, the outermost first.
    names: Vec<String>,
}

impl Conditions<'_, '_> {
    /// The expression, in parentheses if it binds less tightly than its place needs.
    fn expr(&mut self, expr: &Expr, place: Binding) -> String {
        let (text, binding) = match &expr.kind {
            ExprKind::Not(inner) => self.not(inner),
            ExprKind::And(parts) => (self.joined(parts, " and ", Binding::And), Binding::And),
            ExprKind::Or(parts) => (self.joined(parts, " or ", Binding::Or), Binding::Or),
            _ => (self.atom(expr, false), Binding::Atom),
        };
        if binding < place {
            format!("({text})")
        } else {
            text
        }
    }

    fn joined(&mut self, parts: &[Expr], word: &str, binding: Binding) -> String {
        let tighter = if binding == Binding::Or {
            Binding::And
        } else {
            Binding::Not
        };
        parts
            .iter()
            .map(|part| self.expr(part, tighter))
            .collect::<Vec<_>>()
            .join(word)
    }

    fn not(&mut self, inner: &Expr) -> (String, Binding) {
        match &inner.kind {
            ExprKind::Compare {
                op: CompareOp::Eq, ..
            }
            | ExprKind::InInts { .. }
            | ExprKind::InAddresses { .. } => (self.atom(inner, true), Binding::Atom),
            _ => (
                format!("not {}", self.expr(inner, Binding::Not)),
                Binding::Not,
            ),
        }
    }

    fn atom(&mut self, expr: &Expr, negated: bool) -> String {
        match &expr.kind {
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Test(value) => self.operand(value, None),
            ExprKind::Compare { op, left, right } => {
                let ty = operand_type(left).or(operand_type(right));
                let (left, right) = (self.operand(left, ty), self.operand(right, ty));
                let op = match op {
                    CompareOp::Eq if negated => "!=",
                    CompareOp::Eq => "==",
                    CompareOp::Lt => "<",
                    CompareOp::Le => "<=",
                    CompareOp::Gt => ">",
                    CompareOp::Ge => ">=",
                };
                format!("{left} {op} {right}")
            }
            ExprKind::InInts { value, ranges } => {
                let ty = operand_type(value);
                let range = |&(start, end): &(i128, i128)| {
                    let start_text = self.printer.int(ty, start);
                    if start == end {
                        return start_text;
                    }
                    format!("{start_text}..{}", self.printer.int(ty, end))
                };
                let ranges: Vec<_> = ranges.iter().map(range).collect();
                let word = if negated { "not in" } else { "in" };
                format!("{} {word} [{}]", self.operand(value, ty), ranges.join(", "))
            }
            ExprKind::InAddresses { value, addresses } => {
                let addresses = addresses.to_string();
                let written = match (negated, addresses.strip_prefix("==")) {
                    (true, Some(one)) => format!("!={one}"),
                    (true, None) => format!("not {addresses}"),
                    (false, _) => addresses,
                };
                format!("{} {written}", self.operand(value, None))
            }
            ExprKind::Text {
                op,
                value,
                literals,
                fold,
            } => {
                let word = op.word(literals.len());
                format!(
                    "{} {}",
                    self.operand(value, None),
                    display::text_operator(word, *fold, literals)
                )
            }
            ExprKind::Pattern { value, set } => {
                let right = display::text_operator(set.kind().word(), set.fold(), set.sources());
                format!("{} {right}", self.operand(value, None))
            }
            ExprKind::TextPair {
                op,
                value,
                with,
                fold,
            } => {
                let (word, tilde) = (op.word(1), if *fold { "~" } else { "" });
                let (value, with) = (self.operand(value, None), self.operand(with, None));
                format!("{value} {word}{tilde} {with}")
            }
            ExprKind::Has { value, flags, all } => self.has(value, flags, *all),
            ExprKind::Exists(value) => format!("{} exists", self.operand(value, None)),
            ExprKind::Quantifier { all, over, body } => self.quantifier(*all, over, body),
            ExprKind::Not(_) | ExprKind::And(_) | ExprKind::Or(_) => self.expr(expr, Binding::Or),
        }
    }

    fn has(&mut self, value: &Operand, flags: &[(u64, u64)], all: bool) -> String {
        let ty = operand_type(value);
        let names: Vec<_> = flags
            .iter()
            .map(|&(mask, want)| self.printer.flag(ty, mask, want))
            .collect();
        let value = self.operand(value, ty);
        match names.as_slice() {
            [only] => format!("{value} has {only}"),
            _ => format!(
                "{value} has {} [{}]",
                if all { "all" } else { "any" },
                names.join(", ")
            ),
        }
    }

    fn quantifier(&mut self, all: bool, over: &Iterated, body: &Expr) -> String {
        // Each quantifier inside another one has a name of its own.
        let name = Printer::element(over, self.names.len());
        let over = match over {
            Iterated::List(field) => self.printer.field(Some(*field)),
            Iterated::Ancestors => self.printer.field(None),
        };
        let word = if all { "all" } else { "any" };
        let head = format!("{word} {name} in {over}");
        self.names.push(name);
        let body = self.expr(body, Binding::Or);
        self.names.pop();
        format!("{head} {{ {body} }}")
    }

    fn operand(&self, operand: &Operand, ty: Option<&Type>) -> String {
        let element = |depth: u8| {
            let at = self.names.len().checked_sub(1 + usize::from(depth));
            at.and_then(|at| self.names.get(at))
                .map_or("_", String::as_str)
        };
        match operand {
            Operand::Field(field, _) => self.printer.field(Some(*field)),
            Operand::Int(value) => self.printer.int(ty, *value),
            Operand::Text(text) => display::literal(text),
            Operand::Element(depth) => element(*depth).to_owned(),
            Operand::Ancestor(depth, field) => {
                let path = context::info(ContextField::Proc(*field)).map_or("", |info| info.path);
                format!(
                    "{}{}",
                    element(*depth),
                    path.strip_prefix("proc").unwrap_or(path)
                )
            }
            Operand::Call(call) => {
                let arguments = call.arguments.iter().map(|one| self.operand(one, None));
                let arguments: Vec<_> = arguments.collect();
                format!("{}({})", call.function.name, arguments.join(", "))
            }
        }
    }
}

fn operand_type(operand: &Operand) -> Option<&Type> {
    match operand {
        Operand::Field(Field::Slot(_) | Field::Context(_), ty) => Some(ty),
        Operand::Call(call) => Some(&call.function.result),
        _ => None,
    }
}
