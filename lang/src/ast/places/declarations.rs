//! The places in the schema's declarations.

use super::With;
use crate::ast::{
    ConstantDecl, EnumDecl, EventClause, EventDecl, FieldDecl, FlagsBody, FlagsDecl, HookWord,
    StructDecl, TypeExpr, TypeExprKind,
};
use crate::source::Placed;

impl Placed for EventDecl {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            doc: _,
            name,
            args,
            clauses,
            span,
        } = self;
        name.each_place(with);
        args.each_place(with);
        clauses.each_place(with);
        with(span);
    }
}

impl Placed for FieldDecl {
    fn each_place(&mut self, with: With<'_>) {
        let Self { doc: _, name, ty } = self;
        name.each_place(with);
        ty.each_place(with);
    }
}

impl Placed for EventClause {
    fn each_place(&mut self, with: With<'_>) {
        match self {
            Self::Id(int) => int.each_place(with),
            Self::Sets(names) => names.each_place(with),
            Self::Hook(words, span) => {
                words.each_place(with);
                with(span);
            }
            Self::Error => {}
        }
    }
}

impl Placed for HookWord {
    fn each_place(&mut self, with: With<'_>) {
        match self {
            Self::Name(name) => name.each_place(with),
            Self::Int(int) => int.each_place(with),
        }
    }
}

impl Placed for EnumDecl {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            doc: _,
            name,
            repr,
            constants,
        } = self;
        name.each_place(with);
        repr.each_place(with);
        constants.each_place(with);
    }
}

impl Placed for FlagsDecl {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            doc: _,
            name,
            repr,
            body,
        } = self;
        name.each_place(with);
        repr.each_place(with);
        match body {
            FlagsBody::Constants(constants) => constants.each_place(with),
            FlagsBody::Same(of) => of.each_place(with),
        }
    }
}

impl Placed for ConstantDecl {
    fn each_place(&mut self, with: With<'_>) {
        let Self { name, value, mask } = self;
        name.each_place(with);
        value.each_place(with);
        mask.each_place(with);
    }
}

impl Placed for StructDecl {
    fn each_place(&mut self, with: With<'_>) {
        let Self {
            doc: _,
            name,
            fields,
        } = self;
        name.each_place(with);
        fields.each_place(with);
    }
}

impl Placed for TypeExpr {
    fn each_place(&mut self, with: With<'_>) {
        let Self { kind, span } = self;
        match kind {
            TypeExprKind::Named(name) | TypeExprKind::Enum(name) | TypeExprKind::Flags(name) => {
                name.each_place(with);
            }
            TypeExprKind::List(of) => of.each_place(with),
        }
        with(span);
    }
}
