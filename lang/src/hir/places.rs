//! The places in rules and conditions. All fields are named, so that one which is added is not forgotten here.

use super::{Exception, Expiry, Expr, ExprKind, On, Rule};
use crate::source::{Placed, Span};

type With<'w> = &'w mut dyn FnMut(&mut Span);

impl Placed for Rule {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            name: _,
            qualified_name: _,
            doc: _,
            id: _,
            title: _,
            description: _,
            references: _,
            severity: _,
            attack: _,
            message: _,
            output: _,
            on,
            exceptions,
            used,
            signature: _,
            span,
        } = self;
        on.each_place(with);
        exceptions.each_place(with);
        used.each_place(with);
        with(span);
    }
}

impl Placed for On {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            event: _,
            condition,
            exceptions: _,
            decision: _,
            span,
        } = self;
        condition.each_place(with);
        with(span);
    }
}

impl Placed for Exception {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            reason: _,
            expires,
            expired: _,
            span,
        } = self;
        expires.each_place(with);
        with(span);
    }
}

impl Placed for Expiry {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            written: _,
            end: _,
            span,
        } = self;
        with(span);
    }
}

impl Placed for Expr {
    fn each_place(&mut self, with: With<'_>) {
        let Self { kind, span } = self;
        with(span);
        match kind {
            ExprKind::Not(of) => of.each_place(with),
            ExprKind::And(parts) | ExprKind::Or(parts) => parts.each_place(with),
            ExprKind::Quantifier {
                all: _,
                over: _,
                body,
            } => body.each_place(with),
            ExprKind::Bool(_)
            | ExprKind::Test(_)
            | ExprKind::Compare { .. }
            | ExprKind::InInts { .. }
            | ExprKind::InAddresses { .. }
            | ExprKind::Text { .. }
            | ExprKind::TextPair { .. }
            | ExprKind::Pattern { .. }
            | ExprKind::Has { .. }
            | ExprKind::Exists(_) => {}
        }
    }
}
