//! Why a condition holds or doesn't: what each of its parts comes to, and the values it looks at.
//! Enter at [`trace`]; tests show it when an expectation fails, and count which parts they reached.
//!
//! Every verdict is that of [`crate::interpreter`]: this only asks it of each part, also of those that
//! it does not need to look at to decide the whole.

use crate::hir::{Expr, ExprKind, Field, Operand};
use crate::interpreter::{Element, Interpreter};
use crate::value::{EventView, Value};

/// Elements of one quantifier that are traced; the one that decides is among them.
const MAX_ELEMENTS: usize = 16;
/// Parts of one trace; what is below the last of them is left out.
const MAX_PARTS: usize = 16_384;

/// A part of a condition, and what it comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace<'a> {
    /// The part.
    pub expr: &'a Expr,
    /// Whether it holds.
    pub holds: bool,
    /// The values that an atom looks at, but not literals.
    pub values: Vec<Seen<'a>>,
    /// Of `not`, `and` and `or`, in order.
    pub parts: Vec<Trace<'a>>,
    /// Of a quantifier.
    pub elements: Option<Elements<'a>>,
}

/// A value that an atom looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen<'a> {
    /// Where it is from.
    pub operand: Operand,
    /// What it is.
    pub value: Value<'a>,
    /// It was cut.
    pub truncated: bool,
}

/// What a quantifier went through.
#[derive(Debug, Clone, PartialEq)]
pub struct Elements<'a> {
    /// How many there are; [`None`] if the list is absent.
    pub count: Option<usize>,
    /// The list was cut: there were more.
    pub truncated: bool,
    /// Some of them with their places (from 0) and the body: the first ones, and the one that decides.
    pub shown: Vec<(usize, Element<'a>, Trace<'a>)>,
}

/// What every part of a condition comes to for an event.
pub fn trace<'a>(condition: &'a Expr, event: &'a dyn EventView) -> Trace<'a> {
    let interpreter = Interpreter {
        event,
        elements: Vec::new(),
    };
    Tracer {
        interpreter,
        left: MAX_PARTS,
    }
    .part(condition)
}

struct Tracer<'a> {
    interpreter: Interpreter<'a>,
    left: usize,
}

impl<'a> Tracer<'a> {
    fn part(&mut self, expr: &'a Expr) -> Trace<'a> {
        let mut made = Trace {
            expr,
            holds: self.interpreter.expr(expr),
            values: Vec::new(),
            parts: Vec::new(),
            elements: None,
        };
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return made;
        }
        match &expr.kind {
            ExprKind::Not(of) => made.parts = vec![self.part(of)],
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                made.parts = parts.iter().map(|part| self.part(part)).collect();
            }
            ExprKind::Quantifier { all, over, body } => {
                let truncated = match over {
                    crate::hir::Iterated::List(field) => self.truncated(*field),
                    crate::hir::Iterated::Ancestors => false,
                };
                let elements = self.interpreter.iterated(over);
                made.elements = Some(Elements {
                    count: elements.as_ref().map(Vec::len),
                    truncated,
                    shown: self.elements(elements.unwrap_or_default(), *all, body),
                });
            }
            _ => {
                let operands = expr.operands().into_iter();
                made.values = operands
                    .map(|operand| self.seen(operand.clone(), self.interpreter.value(operand)))
                    .collect();
            }
        }
        made
    }

    fn seen(&self, operand: Operand, value: Value<'a>) -> Seen<'a> {
        let truncated = match operand {
            Operand::Field(field, _) => self.truncated(field),
            _ => false,
        };
        Seen {
            operand,
            value,
            truncated,
        }
    }

    fn elements(
        &mut self,
        elements: Vec<Element<'a>>,
        all: bool,
        body: &'a Expr,
    ) -> Vec<(usize, Element<'a>, Trace<'a>)> {
        let mut shown = Vec::new();
        for (at, element) in elements.into_iter().enumerate() {
            let decides = |holds: bool| holds != all;
            let traced = self.interpreter.at(element, |it| it.expr(body));
            if shown.len() >= MAX_ELEMENTS && !decides(traced) {
                continue;
            }
            let left = self.left;
            let trace = self.at(element, |this| this.part(body));
            shown.push((at, element, trace));
            if left == 0 || decides(traced) {
                break;
            }
        }
        shown
    }

    fn at<T>(&mut self, element: Element<'a>, with: impl FnOnce(&mut Self) -> T) -> T {
        self.interpreter.elements.push(element);
        let done = with(self);
        self.interpreter.elements.pop();
        done
    }

    fn truncated(&self, field: Field) -> bool {
        match field {
            Field::Slot(slot) => self.interpreter.event.truncated(slot),
            Field::Context(_) => false,
        }
    }
}

impl Trace<'_> {
    /// How many atoms would have to come out otherwise for the condition to hold; 0 if it does.
    pub fn distance(&self) -> usize {
        self.distance_to(true)
    }

    fn distance_to(&self, wanted: bool) -> usize {
        if self.holds == wanted {
            return 0;
        }
        let parts = || self.parts.iter().map(|part| part.distance_to(wanted));
        let every = match &self.expr.kind {
            ExprKind::Not(_) => {
                let part = self.parts.first();
                return part.map_or(1, |part| part.distance_to(!wanted));
            }
            ExprKind::And(_) => wanted,
            ExprKind::Or(_) => !wanted,
            _ => {
                let bodies = self.elements.iter().flat_map(|elements| &elements.shown);
                let bodies = bodies.map(|(_, _, body)| body.distance_to(wanted));
                return bodies.filter(|&least| least > 0).min().unwrap_or(1);
            }
        };
        let distance = if every {
            parts().sum()
        } else {
            parts().min().unwrap_or(1)
        };
        distance.max(1)
    }
}
