//! `len(x)`.

use super::{Accepts, Answer, Argument, Evaluation, Example, Function, Parameter, Sample, U64};

pub(super) static LEN: Function = Function {
    name: "len",
    doc: "How many bytes a string has, or how many elements a list.",
    parameters: &[Parameter {
        name: "x",
        accepts: Accepts::Sized,
    }],
    result: U64,
    edges: "Of a value that was cut it counts what is there: at most 4,096 bytes of a string.",
    examples: &[
        Example {
            arguments: &[Sample::Text("/bin/sh")],
            gives: Some(Sample::Int(7)),
        },
        Example {
            arguments: &[Sample::Text("é")],
            gives: Some(Sample::Int(2)),
        },
        Example {
            arguments: &[Sample::List(&["sh", "-i"])],
            gives: Some(Sample::Int(2)),
        },
    ],
    conditions: &[
        ("execve", "len(argv) == 0"),
        ("openat", "len(basename(pathname)) > 200"),
    ],
    evaluation: Evaluation::Values(evaluate),
    is_part: false,
    any_bytes: false,
    ignores: &["lower", "upper"],
    impossible: super::possible,
};

fn evaluate<'a>(arguments: &mut [Argument<'a, '_>], _: &mut Vec<u8>) -> Answer<'a> {
    // A length is never above `i128::MAX`.
    match arguments {
        [Argument::Bytes(text)] => Answer::Int(text.len() as i128),
        [Argument::List(items)] => Answer::Int(items.count() as i128),
        _ => Answer::Absent,
    }
}
