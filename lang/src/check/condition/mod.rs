//! A condition against one event (or, for a scope, against the context only) → typed HIR.
//!
//! Here are the boolean forms. [`paths`] finds what a name stands for, with [`fields`] for the event's
//! own and [`lets`] for those with parameters; [`binary`] has the operators with two sides, whose
//! [`sides`] say what they are; [`pairs`] is for two values of the event, [`calls`] has functions,
//! [`atoms`] the other forms. `None` everywhere means that an error was reported.

mod atoms;
mod binary;
mod calls;
mod digests;
mod directories;
mod fields;
mod lets;
mod membership;
mod pairs;
mod paths;
mod patterns;
mod sides;
mod text;

use std::collections::HashMap;

use super::Context;
use super::resolve::Scope;
use crate::ast::{self, ExprKind, Name};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir;
use crate::schema::Event;
use crate::source::Span;
use crate::types::Type;
pub(super) use digests::{DIGITS, possible as possible_digest};
pub(super) use fields::{Place, message_field, place};
use lets::Inlined;
pub(super) use paths::PROCESS_FIELDS;
use paths::{Found, Typed};
pub(super) use text::{MAX_COMM, known_names};

/// How deep a condition may be nested with its `let`s in place: later stages recurse.
const MAX_DEPTH: usize = 256;
/// How many parts a condition may have with its `let`s in place.
pub(super) const MAX_PARTS: usize = 4096;
/// How many literals a condition may have, counting a list at each of its uses.
const MAX_LITERALS: usize = 262_144;

/// How many parts all conditions may have together, each counted for each of its events: so many, and
/// some for each byte of the files, up to a limit. A part takes 100 bytes and a microsecond.
const PARTS: usize = 20_000;
const PARTS_A_BYTE: usize = 4;
const MAX_ALL_PARTS: usize = 1_000_000;
/// The same of literals, which take 50 bytes in the later stages.
const MAX_ALL_LITERALS: usize = 2_000_000;

/// How large all conditions are that were checked so far.
#[derive(Debug)]
pub(super) struct Size {
    parts: usize,
    most_parts: usize,
    literals: usize,
}

impl Size {
    /// Nothing so far, of files with so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            parts: 0,
            most_parts: (PARTS + PARTS_A_BYTE * bytes).min(MAX_ALL_PARTS),
            literals: 0,
        }
    }

    /// How many parts and literals there were so far.
    pub(super) fn so_far(&self) -> (usize, usize) {
        (self.parts, self.literals)
    }

    /// Counts so many as if they had been looked at. [`None`]: there are too many.
    pub(super) fn add(&mut self, (parts, literals): (usize, usize)) -> Option<()> {
        let with = Self {
            parts: self.parts + parts,
            most_parts: self.most_parts,
            literals: self.literals + literals,
        };
        (!with.is_over()).then(|| *self = with)
    }

    /// Whether that is too many.
    pub(super) fn is_over(&self) -> bool {
        self.parts > self.most_parts || self.literals > MAX_ALL_LITERALS
    }
}

/// The types that arguments have in the events of one `on` that were looked at already.
pub(super) type ArgumentTypes = HashMap<String, (Type, String)>;

/// One condition on one event.
pub(super) struct Condition<'c, 'a, 'm> {
    cx: &'c mut Context<'m>,
    /// Of the file that holds the condition, or the `let` that is being put in place.
    names: Scope<'c, 'a>,
    /// `None` in a scope.
    event: Option<&'static Event>,
    arguments: &'c mut ArgumentTypes,
    /// What the quantifiers around it give names to, the outermost first.
    binders: Vec<Binder>,
    /// `let`s that are being put in place, with the place of their use, the outermost first.
    lets: Vec<Inlined<'c, 'a>>,
    depth: usize,
    parts: usize,
    literals: usize,
    /// The condition was given up for its size, which is said once.
    given_up: bool,
}

struct Binder {
    name: Name,
    ancestor: bool,
}

impl<'c, 'a: 'c, 'm> Condition<'c, 'a, 'm> {
    pub(super) fn new(
        cx: &'c mut Context<'m>,
        names: Scope<'c, 'a>,
        event: Option<&'static Event>,
        arguments: &'c mut ArgumentTypes,
    ) -> Self {
        Self {
            cx,
            names,
            event,
            arguments,
            binders: Vec::new(),
            lets: Vec::new(),
            depth: 0,
            parts: 0,
            literals: 0,
            given_up: false,
        }
    }

    /// The HIR of a condition.
    pub(super) fn expr(&mut self, expr: &'a ast::Expr) -> Option<hir::Expr> {
        self.count_part(expr.span)?;
        if self.depth >= MAX_DEPTH {
            self.give_up(expr.span);
            return None;
        }
        self.depth += 1;
        let made = self.kind(expr);
        self.depth -= 1;
        let mut kind = made?;
        // Elsewhere lists are those of parts, which were looked at.
        if let ExprKind::Binary(_) = &expr.kind {
            let literals = self.cx.lists.share(&mut kind);
            self.count_literals(literals, expr.span)?;
        }
        Some(hir::Expr {
            kind,
            span: self.place(expr.span),
        })
    }

    /// Counts a part, or what a `let` is put in place of. [`None`]: there are too many.
    fn count_part(&mut self, span: Span) -> Option<()> {
        self.parts += 1;
        self.cx.size.parts += 1;
        if self.parts > MAX_PARTS || self.cx.size.is_over() {
            self.give_up(span);
            return None;
        }
        Some(())
    }

    /// Counts literals that are looked at one by one. [`None`]: there are too many.
    fn count_literals(&mut self, count: usize, span: Span) -> Option<()> {
        self.literals += count;
        self.cx.size.literals += count;
        if self.literals > MAX_LITERALS || self.cx.size.is_over() {
            self.give_up(span);
            return None;
        }
        Some(())
    }

    /// Says once that the condition is too large, or all together are.
    fn give_up(&mut self, span: Span) {
        if self.cx.size.is_over() {
            let span = self.place(span);
            // Later ones have no errors of their own; and mistakes in a `let` that is used often may
            // have led here.
            if !self.cx.diagnostics.has_errors_in(span.file) {
                let message =
                    "the conditions up to here are too large with their lists and `let`s in place";
                self.cx
                    .report(Diagnostic::error(codes::CONDITION_TOO_LARGE, message, span));
            }
        } else if !std::mem::replace(&mut self.given_up, true) {
            let message = "the condition is too large with its `let`s in place";
            let span = self.place(span);
            self.report(Diagnostic::error(codes::CONDITION_TOO_LARGE, message, span));
        }
    }

    fn kind(&mut self, expr: &'a ast::Expr) -> Option<hir::ExprKind> {
        match &expr.kind {
            ExprKind::Error => None,
            ExprKind::Bool(value) => Some(hir::ExprKind::Bool(*value)),
            ExprKind::Not(of) => Some(hir::ExprKind::Not(Box::new(self.expr(of)?))),
            ExprKind::And(all) => self.all(all).map(hir::ExprKind::And),
            ExprKind::Or(any) => self.all(any).map(hir::ExprKind::Or),
            ExprKind::Binary(of) => {
                let operator = binary::Operator {
                    op: of.op,
                    span: of.op_span,
                    negated: of.negated,
                    fold: of.fold,
                };
                self.binary(&operator, &of.left, &of.right, expr.span)
            }
            ExprKind::Has { value, flags } => self.has(value, flags),
            ExprKind::Exists(of) => self.exists(of, expr.span),
            ExprKind::Quantifier(of) => self.quantifier(of),
            ExprKind::Call(call) => {
                if let Some(function) = self.function(&call.function) {
                    let made = self.apply(function, &call.arguments, expr.span, Self::expr);
                    return made.map(|expr| expr.kind);
                }
                let given = self.call(&call.function, &call.arguments, expr.span)?;
                self.holds(given, expr.span)
            }
            ExprKind::Path(path) => self.test(path, expr.span),
            ExprKind::Int(_)
            | ExprKind::Text(_)
            | ExprKind::Address(_)
            | ExprKind::Duration(_)
            | ExprKind::Date(_)
            | ExprKind::List(_)
            | ExprKind::Range(..) => {
                let written = self.cx.map.slice(expr.span);
                let message = format!("`{written}` is not a condition");
                self.report(
                    Diagnostic::error(codes::NOT_A_CONDITION, message, expr.span)
                        .help("compare it with something"),
                );
                None
            }
        }
    }

    /// All of them: every error is reported, then all or nothing is returned.
    fn all(&mut self, parts: &'a [ast::Expr]) -> Option<Vec<hir::Expr>> {
        let made: Vec<_> = parts.iter().map(|part| self.expr(part)).collect();
        made.into_iter().collect()
    }

    /// A name by itself: a boolean field, or a `let`.
    fn test(&mut self, path: &'a [Name], span: Span) -> Option<hir::ExprKind> {
        match self.find(path, span, true)? {
            Found::Value(value) => self.holds(value, span),
            Found::Let(decl) => self
                .inline(decl, span, Vec::new(), |this, value| this.expr(value))
                .map(|expr| expr.kind),
            found => {
                let what = found.describe(self.cx.schema);
                self.not_a_condition(span, &what);
                None
            }
        }
    }

    /// A value by itself, if it is a boolean.
    fn holds(&mut self, value: Typed, span: Span) -> Option<hir::ExprKind> {
        if value.ty == Type::Bool {
            return Some(hir::ExprKind::Test(value.operand));
        }
        let what = format!("of type `{}`", self.cx.schema.type_name(&value.ty));
        self.not_a_condition(span, &what);
        None
    }

    fn not_a_condition(&mut self, span: Span, what: &str) {
        let message = format!("`{}` is {what}, not a condition", self.cx.map.slice(span));
        self.report(
            Diagnostic::error(codes::NOT_A_CONDITION, message, span)
                .help("compare it with something"),
        );
    }

    /// The place of a part: that of the use, for what is inside of a `let`.
    fn place(&self, span: Span) -> Span {
        self.lets.first().map_or(span, |inlined| inlined.used_at)
    }

    /// Reports a mistake, with the use if it is inside of a `let`.
    fn report(&mut self, diagnostic: Diagnostic) {
        let diagnostic = match self.lets.first() {
            Some(inlined) if inlined.used_at != diagnostic.span() => {
                let text = match self.event {
                    Some(event) => format!("used here, for `{}`", event.name),
                    None => "used here".to_owned(),
                };
                diagnostic.related(inlined.used_at, text)
            }
            _ => diagnostic,
        };
        self.cx.report(diagnostic);
    }
}
