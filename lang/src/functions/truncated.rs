//! `truncated(x)`.

use super::{Accepts, Evaluation, Example, Function, Parameter, Sample};
use crate::types::Type;

pub(super) static TRUNCATED: Function = Function {
    name: "truncated",
    doc: "Whether the kernel kept only a part of an event's argument. It keeps 4,096 bytes of a string \
          and 32 KiB of a list.",
    parameters: &[Parameter {
        name: "x",
        accepts: Accepts::Cuttable,
    }],
    result: Type::Bool,
    edges: "Of an absent argument neither `truncated(x)` nor `truncated(x) == false` holds. What is not \
            an argument of the event can't have been cut: that is refused.",
    examples: &[
        Example {
            arguments: &[Sample::Cut("/very/long")],
            gives: Some(Sample::Bool(true)),
        },
        Example {
            arguments: &[Sample::Text("/bin/sh")],
            gives: Some(Sample::Bool(false)),
        },
    ],
    conditions: &[("execve", "truncated(argv) or truncated(pathname)")],
    evaluation: Evaluation::Cut,
    is_part: false,
    any_bytes: false,
    ignores: &[],
    impossible: super::possible,
};
