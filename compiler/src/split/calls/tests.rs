//! What an argument needs, against the interpreter: for all short strings and literals.

use tracee_lang::context::{ContextField, ProcessField};
use tracee_lang::functions::find;
use tracee_lang::hir::{Call, Expr, ExprKind, Field};
use tracee_lang::interpreter::matches;
use tracee_lang::source::Span;
use tracee_lang::types::Type;
use tracee_lang::value::{EventView, Value};

use super::*;

const FUNCTIONS: &[&str] = &[
    "basename",
    "dirname",
    "extension",
    "lower",
    "normalize",
    "trim",
    "upper",
];
const STRING: Operand = Operand::Field(Field::Slot(0), Type::String);

/// An event with one string.
struct Text<'a>(&'a [u8]);

impl EventView for Text<'_> {
    fn slot(&self, _: u16) -> Value<'_> {
        Value::bytes(self.0)
    }

    fn truncated(&self, _: u16) -> bool {
        false
    }

    fn context(&self, _: ContextField) -> Value<'_> {
        Value::Absent
    }

    fn ancestor(&self, _: usize, _: ProcessField) -> Option<Value<'_>> {
        None
    }
}

/// Every string of up to `length` of the characters that functions look at.
fn texts(length: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..length {
        let longer: Vec<_> = all[from..]
            .iter()
            .flat_map(|text: &Vec<u8>| b"/.aB ".iter().map(|byte| [text, &[*byte][..]].concat()))
            .collect();
        from = all.len();
        all.extend(longer);
    }
    all
}

fn call(name: &str, argument: Operand) -> Operand {
    Operand::Call(Box::new(Call {
        function: find(name).unwrap(),
        arguments: vec![argument],
    }))
}

/// Compares what is needed with what holds, and returns how often that was the same.
fn check(value: &Operand, texts: &[Vec<u8>], literals: &[Vec<u8>]) -> usize {
    let mut exact = 0;
    use TextOp::{Contains, Eq, Prefix, Suffix, Under};
    let ops = [Eq, Prefix, Suffix, Contains, Under];
    for (op, fold) in ops.into_iter().flat_map(|op| [(op, false), (op, true)]) {
        // A directory has no slash at its end, but for the root.
        let is_directory = |literal: &[u8]| literal == b"/" || !literal.ends_with(b"/");
        let literals = literals
            .iter()
            .filter(|one| op != Under || is_directory(one));
        for literal in literals.map(|literal| Arc::from(&literal[..])) {
            let pattern = Pattern { op, literal, fold };
            let Ok((_, needs)) = through(value, vec![pattern.clone()]) else {
                continue;
            };
            exact += usize::from(needs.exact);
            let kind = ExprKind::Text {
                op,
                value: value.clone(),
                literals: [pattern.literal.clone()].into(),
                fold,
            };
            let span = Span::default();
            let atom = Expr { kind, span };
            for text in texts {
                let any = |all: &[Pattern]| all.iter().any(|pattern| pattern.matches(text));
                let passes = any(&needs.any) && !any(&needs.none);
                let holds = matches(&atom, &Text(text));
                assert!(passes || !holds, "{atom:?} drops {text:?}: {needs:?}");
                assert!(
                    passes == holds || !needs.exact,
                    "{atom:?} is not exact for {text:?}: {needs:?}"
                );
            }
        }
    }
    exact
}

#[test]
fn what_an_argument_needs_is_never_too_much() {
    let (long, short, literals) = (texts(4), texts(3), texts(2));
    for name in FUNCTIONS {
        let inner = call(name, STRING);
        assert!(check(&inner, &long, &literals) > 0, "{name}");
        for outer in FUNCTIONS {
            check(&call(outer, inner.clone()), &short, &literals);
        }
    }
}
