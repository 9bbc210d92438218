//! The places in test blocks.

use super::With;
use crate::ast::{Given, GivenValue, TestClause, TestDecl};
use crate::source::Placed;

impl Placed for TestDecl {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            doc: _,
            title,
            of,
            clauses,
            span,
        } = self;
        title.each_place(with);
        of.each_place(with);
        clauses.each_place(with);
        with(span);
    }
}

impl Placed for TestClause {
    fn each_place(&mut self, with: With<'_>) {
        match self {
            Self::Event {
                event,
                fields,
                span,
            } => {
                event.each_place(with);
                fields.each_place(with);
                with(span);
            }
            Self::Recording(text) => text.each_place(with),
            Self::Expect {
                not: _,
                rule,
                action,
                span,
            } => {
                rule.each_place(with);
                action.each_place(with);
                with(span);
            }
            Self::Error => {}
        }
    }
}

impl Placed for Given {
    fn each_place(&mut self, with: With<'_>) {
        let Self { path, value, span } = self;
        path.each_place(with);
        match value {
            GivenValue::One(value) => value.each_place(with),
            GivenValue::Map(fields, span) => {
                fields.each_place(with);
                with(span);
            }
            GivenValue::Maps(maps, span) => {
                maps.each_place(with);
                with(span);
            }
        }
        with(span);
    }
}
