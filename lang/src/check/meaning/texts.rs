//! What one test of a string says about another.

use std::borrow::Cow;

use crate::hir::TextOp;
use crate::interpreter;

/// One test against one literal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Test<'a> {
    pub(super) op: TextOp,
    pub(super) literal: &'a [u8],
    /// Ignoring ASCII case.
    pub(super) fold: bool,
}

impl Test<'_> {
    /// What is under the root begins with a slash.
    fn rootless(self) -> Self {
        match (self.op, self.literal) {
            (TextOp::Under, b"/") => Self {
                op: TextOp::Prefix,
                ..self
            },
            _ => self,
        }
    }

    /// Whether something holds both of the path that a string is under and of what is below it.
    fn itself_or_below(self, holds: impl Fn(Test<'_>) -> bool) -> bool {
        let below = [self.literal, b"/"].concat();
        let itself = Test {
            op: TextOp::Eq,
            ..self
        };
        let below = Test {
            op: TextOp::Prefix,
            literal: &below,
            fold: self.fold,
        };
        holds(itself) && holds(below)
    }
}

/// Whether no string passes both. `false` is also "not known".
pub(super) fn disjoint(a: Test<'_>, b: Test<'_>) -> bool {
    use TextOp::{Eq, Prefix, Suffix, Under};
    let (a, b) = (a.rootless(), b.rootless());
    match (a.op, b.op) {
        (Eq, _) | (_, Eq) => {}
        (Under, _) => return a.itself_or_below(|part| disjoint(part, b)),
        (_, Under) => return disjoint(b, a),
        _ => {}
    }
    // Who passes a test passes it ignoring case too: if those are disjoint, so are these.
    let fold = a.fold || b.fold;
    let (s, t) = (lowered(a.literal, fold), lowered(b.literal, fold));
    match (a.op, b.op) {
        (Eq, op) => !passes(&s, op, &t),
        (op, Eq) => !passes(&t, op, &s),
        (Prefix, Prefix) => !s.starts_with(&t) && !t.starts_with(&s),
        (Suffix, Suffix) => !s.ends_with(&t) && !t.ends_with(&s),
        _ => false,
    }
}

/// Whether every string that passes `a` passes `b`. `false` is also "not known".
pub(super) fn implies(a: Test<'_>, b: Test<'_>) -> bool {
    use TextOp::{Contains, Eq, Prefix, Suffix, Under};
    let (a, b) = (a.rootless(), b.rootless());
    if is_trivial(b) {
        return true;
    }
    if a.fold && !b.fold {
        return false; // strings of another case pass `a` only
    }
    let (s, t) = (lowered(a.literal, b.fold), lowered(b.literal, b.fold));
    match (a.op, b.op) {
        (Eq, op) => passes(&s, op, &t),
        (Under, _) => a.itself_or_below(|part| implies(part, b)),
        (Prefix, Under) => s
            .strip_prefix(&*t)
            .is_some_and(|below| below.starts_with(b"/")),
        (Prefix, Prefix) => s.starts_with(&t),
        (Suffix, Suffix) => s.ends_with(&t),
        (Prefix | Suffix | Contains, Contains) => passes(&s, Contains, &t),
        _ => false,
    }
}

/// Whether every string passes.
pub(super) fn is_trivial(test: Test<'_>) -> bool {
    !matches!(test.op, TextOp::Eq | TextOp::Under) && test.literal.is_empty()
}

fn passes(value: &[u8], op: TextOp, literal: &[u8]) -> bool {
    interpreter::text(op, value, literal, false)
}

fn lowered(literal: &[u8], fold: bool) -> Cow<'_, [u8]> {
    if fold {
        literal.to_ascii_lowercase().into()
    } else {
        literal.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TextOp::{Contains, Eq, Prefix, Suffix, Under};

    fn test(op: TextOp, literal: &str) -> Test<'_> {
        Test {
            op,
            literal: literal.as_bytes(),
            fold: false,
        }
    }

    fn fold(op: TextOp, literal: &str) -> Test<'_> {
        Test {
            fold: true,
            ..test(op, literal)
        }
    }

    #[test]
    fn what_cannot_be_together() {
        assert!(disjoint(test(Prefix, "/etc/"), test(Eq, "/tmp/x")));
        assert!(disjoint(test(Prefix, "/etc/"), test(Prefix, "/tmp/")));
        assert!(!disjoint(test(Prefix, "/etc/"), test(Prefix, "/etc/ssh/")));
        assert!(!disjoint(test(Prefix, "/etc/"), test(Suffix, ".conf")));
        assert!(disjoint(test(Suffix, ".conf"), test(Suffix, ".d")));
        assert!(!disjoint(fold(Eq, "/ETC"), test(Eq, "/etc")));
        assert!(disjoint(fold(Eq, "/ETC"), test(Eq, "/tmp")));
        assert!(disjoint(test(Under, "/etc"), test(Eq, "/etcetera")));
        assert!(disjoint(test(Under, "/etc"), test(Under, "/etcetera")));
        assert!(disjoint(test(Prefix, "/tmp/"), test(Under, "/etc")));
        assert!(!disjoint(test(Under, "/etc"), test(Under, "/etc/ssh")));
        assert!(!disjoint(test(Under, "/"), test(Prefix, "/etc")));
        assert!(disjoint(test(Under, "/"), test(Prefix, "etc")));
    }

    #[test]
    fn what_follows() {
        assert!(implies(test(Prefix, "/etc/ssh/"), test(Prefix, "/etc/")));
        assert!(!implies(test(Prefix, "/etc/"), test(Prefix, "/etc/ssh/")));
        assert!(implies(test(Suffix, "/id_rsa"), test(Contains, "id_")));
        assert!(implies(test(Eq, "/etc/passwd"), test(Suffix, "passwd")));
        assert!(implies(test(Eq, "SH"), fold(Eq, "sh")));
        assert!(!implies(fold(Eq, "sh"), test(Eq, "sh")));
        assert!(implies(test(Eq, "x"), test(Contains, "")));
        assert!(!implies(test(Contains, "x"), test(Prefix, "x")));
        assert!(implies(test(Prefix, "/etc/"), test(Under, "/etc")));
        assert!(!implies(test(Under, "/etc"), test(Prefix, "/etc/")));
        assert!(!implies(test(Prefix, "/etc"), test(Under, "/etc")));
        assert!(implies(test(Under, "/etc/ssh"), test(Under, "/etc")));
        assert!(implies(test(Under, "/etc"), test(Prefix, "/etc")));
        assert!(implies(test(Prefix, "/etc"), test(Under, "/")));
        assert!(implies(test(Eq, "/ETC"), fold(Under, "/etc")));
    }
}
