//! The places in the syntax tree: every node says where they are.

use super::{
    Binary, Call, ConstantDecl, Date, Duration, EnumDecl, EventClause, EventDecl, Except, Expr,
    ExprKind, FieldDecl, File, FlagsBody, FlagsDecl, Given, GivenValue, HasFlags, HookWord,
    ImportDecl, ImportSource, Int, Item, LetDecl, ListDecl, Name, On, OutputField, Parameter, Path,
    Policy, PolicyClause, Quantifier, Rule, RuleClause, StructDecl, TestClause, TestDecl, Text,
    TypeExpr, TypeExprKind,
};
use crate::source::placed;

placed! {
    struct Name { span | text: _ }
    struct Text { span | bytes: _ }
    struct Int { span | value: _ }
    struct Duration { span | nanoseconds: _ }
    struct Date { span | nanoseconds: _ }

    struct File { items }
    enum Item {
        Event(it), Enum(it), Flags(it), Struct(it), List(it), Let(it), Policy(it), Rule(it),
        Import(it), Test(it), Edition(number, span), Error,
    }
    struct ListDecl { name, ty, elements, span | doc: _ }
    struct LetDecl { name, parameters, value, span | doc: _ }
    struct Parameter { name, ty }
    struct Policy { name, clauses, span | doc: _ }
    enum PolicyClause {
        Version(it), Scope(condition, span), Select(it), Description(it), Labels(labels, span),
        Mode(it), Use(it), Except(it), Rule(it), Error,
    }
    struct Rule { name, clauses, span | doc: _ }
    enum RuleClause {
        Id(it), Title(it), Severity(it), Attack(names, span), On(it), Message(it), Description(it),
        References(texts, span), Except(it), Output(fields, span), Action(it), Error,
    }
    struct Except { rule, reason, expires, condition, span }
    enum OutputField { Field { name, value }, Error }
    struct On { events, condition, span }
    struct ImportDecl { source, alias, span }
    enum ImportSource { Std(it), File(it), Rego(it) }
    struct Path { names, span | all: _ }

    struct Expr { kind, span }
    enum ExprKind {
        Or(parts), And(parts), Not(of), Binary(of), Has { value, flags }, Exists(of),
        Quantifier(of), Call(of), Path(names), Bool { | .. }, Int(it), Text { | .. },
        Address { | .. }, Duration(it), Date(it), List(elements), Range(first, last), Error,
    }
    struct Binary { op_span, left, right | op: _, negated: _, fold: _ }
    struct Quantifier { binder, over, body | all: _ }
    struct Call { function, arguments }
    enum HasFlags { One(flag), Many { flags, span | all: _ } }

    struct TestDecl { title, of, clauses, span | doc: _ }
    enum TestClause {
        Event { event, fields, span }, Recording(it), Expect { rule, action, span | not: _ }, Error,
    }
    struct Given { path, value, span }
    enum GivenValue { One(value), Map(fields, span), Maps(maps, span) }

    struct EventDecl { name, args, clauses, span | doc: _ }
    struct FieldDecl { name, ty | doc: _ }
    enum EventClause { Id(it), Sets(names), Hook(words, span), Error }
    enum HookWord { Name(it), Int(it) }
    struct EnumDecl { name, repr, constants | doc: _ }
    struct FlagsDecl { name, repr, body | doc: _ }
    enum FlagsBody { Constants(constants), Same(of) }
    struct ConstantDecl { name, value, mask }
    struct StructDecl { name, fields | doc: _ }
    struct TypeExpr { kind, span }
    enum TypeExprKind { Named(it), Enum(it), Flags(it), List(of) }
}
