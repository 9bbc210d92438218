//! `join(list)`.

use super::{Accepts, Answer, Argument, Evaluation, Example, Function, Parameter, Sample};
use crate::types::Type;

pub(super) static JOIN: Function = Function {
    name: "join",
    doc: "The elements of a list as one string, with a space between them. That is a command line as one types \
          it, to look for words that may be in one argument or in several.",
    parameters: &[Parameter {
        name: "list",
        accepts: Accepts::List,
    }],
    result: Type::String,
    edges: "An empty list becomes the empty string.",
    examples: &[
        Example {
            arguments: &[Sample::List(&["curl", "-o", "/tmp/x"])],
            gives: Some(Sample::Text("curl -o /tmp/x")),
        },
        Example {
            arguments: &[Sample::List(&[])],
            gives: Some(Sample::Text("")),
        },
    ],
    conditions: &[("execve", r#"join(argv) contains "curl -k""#)],
    evaluation: Evaluation::Values(evaluate),
    is_part: false,
    any_bytes: false,
    ignores: &[],
    impossible: super::possible,
};

fn evaluate<'a>(arguments: &mut [Argument<'a, '_>], made: &mut Vec<u8>) -> Answer<'a> {
    let [Argument::List(items)] = arguments else {
        return Answer::Absent;
    };
    for (at, item) in items.enumerate() {
        if at > 0 {
            made.push(b' ');
        }
        made.extend_from_slice(item);
    }
    Answer::Made
}
