//! `upper(s)`.

use super::{Answer, Argument, Asked, Evaluation, Example, Function, Impossible, Sample, text};
use crate::types::Type;

pub(super) static UPPER: Function = Function {
    name: "upper",
    doc: "The string with its 26 ASCII letters as capital ones. To compare without regard to case, the \
          operators with `~` are shorter: `s ==~ \"sh\"`.",
    parameters: &[text("s")],
    result: Type::String,
    edges: "Bytes that are no ASCII letters stay as they are.",
    examples: &[
        Example {
            arguments: &[Sample::Text("ld_preload")],
            gives: Some(Sample::Text("LD_PRELOAD")),
        },
        Example {
            arguments: &[Sample::Text("été")],
            gives: Some(Sample::Text("éTé")),
        },
    ],
    conditions: &[(
        "execve",
        r#"any e in envp { upper(e) prefix "LD_PRELOAD=" }"#,
    )],
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
    made.make_ascii_uppercase();
    Answer::Made
}

fn impossible(asked: Asked<'_>) -> Option<Impossible> {
    let has = asked.literal.iter().any(u8::is_ascii_lowercase);
    (has && !asked.fold).then(|| Impossible {
        why: "`upper` leaves no small letters",
        instead: Some(asked.literal.to_ascii_uppercase()),
    })
}
