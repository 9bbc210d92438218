//! The places in rules and conditions.

use super::{Exception, Expiry, Expr, ExprKind, On, Rule};
use crate::source::placed;

placed! {
    struct Rule {
        on, exceptions, used, span
        | name: _, qualified_name: _, doc: _, id: _, title: _, description: _, references: _,
        severity: _, attack: _, message: _, output: _, signature: _
    }
    struct On { condition, span | event: _, exceptions: _, decision: _ }
    struct Exception { expires, span | reason: _, expired: _ }
    struct Expiry { span | written: _, end: _ }
    struct Expr { kind, span }
    enum ExprKind {
        Not(of), And(parts), Or(parts), Quantifier { body | all: _, over: _ }, Bool { | .. },
        Test { | .. }, Compare { | .. }, InInts { | .. }, InAddresses { | .. }, Text { | .. },
        TextPair { | .. }, Pattern { | .. }, Has { | .. }, Exists { | .. },
    }
}
