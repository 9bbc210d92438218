//! `trim(s)`.

use super::{Answer, Argument, Asked, Evaluation, Example, Function, Impossible, Sample, text};
use crate::hir::TextOp;
use crate::types::Type;

pub(super) static TRIM: Function = Function {
    name: "trim",
    doc: "The string without ASCII white space at its beginning and end.",
    parameters: &[text("s")],
    result: Type::String,
    edges: "What is white space only becomes the empty string.",
    examples: &[
        Example {
            arguments: &[Sample::Text("  id\n")],
            gives: Some(Sample::Text("id")),
        },
        Example {
            arguments: &[Sample::Text("a b")],
            gives: Some(Sample::Text("a b")),
        },
    ],
    conditions: &[("execve", r#"any a in argv { trim(a) == "id" }"#)],
    evaluation: Evaluation::Values(evaluate),
    is_part: true,
    any_bytes: false,
    ignores: &["trim"],
    impossible,
};

fn evaluate<'a>(arguments: &mut [Argument<'a, '_>], _: &mut Vec<u8>) -> Answer<'a> {
    match arguments {
        [Argument::Bytes(text)] => Answer::Part(text.trim_ascii()),
        _ => Answer::Absent,
    }
}

fn impossible(asked: Asked<'_>) -> Option<Impossible> {
    let (begins, ends) = match asked.op {
        TextOp::Eq => (true, true),
        TextOp::Prefix | TextOp::Under => (true, false),
        TextOp::Suffix => (false, true),
        TextOp::Contains => (false, false),
    };
    let space = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
    let there = (begins && space(asked.literal.first())) || (ends && space(asked.literal.last()));
    let meant = asked.literal.trim_ascii();
    there.then(|| Impossible {
        why: "`trim` leaves no white space there",
        instead: (!meant.is_empty()).then(|| meant.to_vec()),
    })
}
