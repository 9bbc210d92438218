//! The places in trees: every node says where they are.
//!
//! All fields are named, so that one which is added is not forgotten. Here are files, policies and rules; the
//! rest is as in the folder above: [`declarations`], [`expression`], [`test`].

mod declarations;
mod expression;
mod test;

use super::{
    Date, Duration, Except, File, ImportDecl, ImportSource, Int, Item, LetDecl, ListDecl, Name, On,
    OutputField, Parameter, Path, Policy, PolicyClause, Rule, RuleClause, Text,
};
use crate::source::{Placed, Span};

type With<'w> = &'w mut dyn FnMut(&mut Span);

impl Placed for Name {
    fn each_place(&mut self, with: With<'_>) {
        let Self { text: _, span } = self;
        with(span);
    }
}

impl Placed for Text {
    fn each_place(&mut self, with: With<'_>) {
        let Self { bytes: _, span } = self;
        with(span);
    }
}

impl Placed for Int {
    fn each_place(&mut self, with: With<'_>) {
        let Self { value: _, span } = self;
        with(span);
    }
}

impl Placed for Duration {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            nanoseconds: _,
            span,
        } = self;
        with(span);
    }
}

impl Placed for Date {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            nanoseconds: _,
            span,
        } = self;
        with(span);
    }
}

impl Placed for File {
    fn each_place(&mut self, with: With<'_>) {
        let Self { items } = self;
        items.each_place(with);
    }
}

impl Placed for Item {
    fn each_place(&mut self, with: With<'_>) {
        match self {
            Self::Event(it) => it.each_place(with),
            Self::Enum(it) => it.each_place(with),
            Self::Flags(it) => it.each_place(with),
            Self::Struct(it) => it.each_place(with),
            Self::List(it) => it.each_place(with),
            Self::Let(it) => it.each_place(with),
            Self::Policy(it) => it.each_place(with),
            Self::Rule(it) => it.each_place(with),
            Self::Import(it) => it.each_place(with),
            Self::Test(it) => it.each_place(with),
            Self::Edition(number, span) => {
                number.each_place(with);
                with(span);
            }
            Self::Error => {}
        }
    }
}

impl Placed for ListDecl {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            doc: _,
            name,
            ty,
            elements,
            span,
        } = self;
        name.each_place(with);
        ty.each_place(with);
        elements.each_place(with);
        with(span);
    }
}

impl Placed for LetDecl {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            doc: _,
            name,
            parameters,
            value,
            span,
        } = self;
        name.each_place(with);
        parameters.each_place(with);
        value.each_place(with);
        with(span);
    }
}

impl Placed for Parameter {
    fn each_place(&mut self, with: With<'_>) {
        let Self { name, ty } = self;
        name.each_place(with);
        ty.each_place(with);
    }
}

impl Placed for Policy {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            doc: _,
            name,
            clauses,
            span,
        } = self;
        name.each_place(with);
        clauses.each_place(with);
        with(span);
    }
}

impl Placed for PolicyClause {
    fn each_place(&mut self, with: With<'_>) {
        match self {
            Self::Version(text) | Self::Description(text) => text.each_place(with),
            Self::Scope(condition, span) => {
                condition.each_place(with);
                with(span);
            }
            Self::Select(on) => on.each_place(with),
            Self::Labels(labels, span) => {
                labels.each_place(with);
                with(span);
            }
            Self::Mode(name) => name.each_place(with),
            Self::Use(paths) => paths.each_place(with),
            Self::Except(except) => except.each_place(with),
            Self::Rule(rule) => rule.each_place(with),
            Self::Error => {}
        }
    }
}

impl Placed for Rule {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            doc: _,
            name,
            clauses,
            span,
        } = self;
        name.each_place(with);
        clauses.each_place(with);
        with(span);
    }
}

impl Placed for RuleClause {
    fn each_place(&mut self, with: With<'_>) {
        match self {
            Self::Id(text) | Self::Title(text) | Self::Message(text) | Self::Description(text) => {
                text.each_place(with);
            }
            Self::Severity(name) | Self::Action(name) => name.each_place(with),
            Self::Attack(names, span) => {
                names.each_place(with);
                with(span);
            }
            Self::On(on) => on.each_place(with),
            Self::References(texts, span) => {
                texts.each_place(with);
                with(span);
            }
            Self::Except(except) => except.each_place(with),
            Self::Output(fields, span) => {
                fields.each_place(with);
                with(span);
            }
            Self::Error => {}
        }
    }
}

impl Placed for Except {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            rule,
            reason,
            expires,
            condition,
            span,
        } = self;
        rule.each_place(with);
        reason.each_place(with);
        expires.each_place(with);
        condition.each_place(with);
        with(span);
    }
}

impl Placed for OutputField {
    fn each_place(&mut self, with: With<'_>) {
        match self {
            Self::Field { name, value } => {
                name.each_place(with);
                value.each_place(with);
            }
            Self::Error => {}
        }
    }
}

impl Placed for On {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            events,
            condition,
            span,
        } = self;
        events.each_place(with);
        condition.each_place(with);
        with(span);
    }
}

impl Placed for ImportDecl {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            source,
            alias,
            span,
        } = self;
        match source {
            ImportSource::Std(path) => path.each_place(with),
            ImportSource::File(text) | ImportSource::Rego(text) => text.each_place(with),
        }
        alias.each_place(with);
        with(span);
    }
}

impl Placed for Path {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            names,
            all: _,
            span,
        } = self;
        names.each_place(with);
        with(span);
    }
}
