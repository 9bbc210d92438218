//! `lower(s)`.

use super::{Answer, Argument, Asked, Evaluation, Example, Function, Impossible, Sample, text};
use crate::types::Type;

pub(super) static LOWER: Function = Function {
    name: "lower",
    doc: "The string with its 26 ASCII letters as small ones. To compare without regard to case, the \
          operators with `~` are shorter: `s ==~ \"sh\"`.",
    parameters: &[text("s")],
    result: Type::String,
    edges: "Bytes that are no ASCII letters stay as they are.",
    examples: &[
        Example {
            arguments: &[Sample::Text("PowerShell")],
            gives: Some(Sample::Text("powershell")),
        },
        Example {
            arguments: &[Sample::Text("ÉTÉ")],
            gives: Some(Sample::Text("ÉtÉ")),
        },
    ],
    conditions: &[("execve", r#"lower(basename(pathname)) == "xmrig""#)],
    evaluation: Evaluation::Values(evaluate),
    is_part: false,
    any_bytes: false,
    ignores: &["lower", "upper"],
    impossible,
};

fn evaluate<'a>(arguments: &mut [Argument<'a, '_>], made: &mut Vec<u8>) -> Answer<'a> {
    let [Argument::Bytes(text)] = arguments else {
        return Answer::Absent;
    };
    made.extend_from_slice(text);
    made.make_ascii_lowercase();
    Answer::Made
}

fn impossible(asked: Asked<'_>) -> Option<Impossible> {
    let has = asked.literal.iter().any(u8::is_ascii_uppercase);
    (has && !asked.fold).then(|| Impossible {
        why: "`lower` leaves no capital letters",
        instead: Some(asked.literal.to_ascii_lowercase()),
    })
}
