//! `at(list, n)`.

use super::{Accepts, Answer, Argument, Evaluation, Example, Function, Parameter, Sample};
use crate::types::Type;

pub(super) static AT: Function = Function {
    name: "at",
    doc: "The element of a list at a place, which is counted from 0. `at(argv, 0)` is the name that a \
          program was started under, `at(argv, 1)` its first argument.",
    parameters: &[
        Parameter {
            name: "list",
            accepts: Accepts::List,
        },
        Parameter {
            name: "n",
            accepts: Accepts::Index,
        },
    ],
    result: Type::String,
    edges: "It is absent if the list has no such place, also if it was cut before it.",
    examples: &[
        Example {
            arguments: &[Sample::List(&["git", "push"]), Sample::Int(1)],
            gives: Some(Sample::Text("push")),
        },
        Example {
            arguments: &[Sample::List(&["git"]), Sample::Int(1)],
            gives: None,
        },
    ],
    conditions: &[
        ("execve", r#"at(argv, 1) == "exec""#),
        ("execve", r#"at(argv, 0) prefix "[k""#),
    ],
    evaluation: Evaluation::Values(evaluate),
    is_part: false,
    any_bytes: false,
    ignores: &[],
    impossible: super::possible,
};

fn evaluate<'a>(arguments: &mut [Argument<'a, '_>], _: &mut Vec<u8>) -> Answer<'a> {
    match arguments {
        [Argument::List(items), Argument::Int(at)] => match usize::try_from(*at) {
            Ok(at) => items.nth(at).map_or(Answer::Absent, Answer::Part),
            Err(_) => Answer::Absent,
        },
        _ => Answer::Absent,
    }
}
