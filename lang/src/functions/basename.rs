//! `basename(path)`.

use super::{Answer, Argument, Asked, Evaluation, Example, Function, Impossible, Sample, text};
use crate::types::Type;

pub(super) static BASENAME: Function = Function {
    name: "basename",
    doc: "The last part of a path. It is what follows the last slash, and the whole of a path without \
          one. A path that ends with a slash has an empty one: where that is not wanted, write \
          `basename(normalize(path))`.",
    parameters: &[text("path")],
    result: Type::String,
    edges: "Of a path that was cut it is the last part of what is there.",
    examples: &[
        Example {
            arguments: &[Sample::Text("/usr/bin/bash")],
            gives: Some(Sample::Text("bash")),
        },
        Example {
            arguments: &[Sample::Text("bash")],
            gives: Some(Sample::Text("bash")),
        },
        Example {
            arguments: &[Sample::Text("/etc/")],
            gives: Some(Sample::Text("")),
        },
    ],
    conditions: &[
        ("execve", r#"basename(pathname) in ["sh", "bash", "dash"]"#),
        ("execve", "basename(at(argv, 0)) != basename(pathname)"),
    ],
    evaluation: Evaluation::Values(evaluate),
    is_part: true,
    any_bytes: false,
    ignores: &["basename"],
    impossible,
};

fn evaluate<'a>(arguments: &mut [Argument<'a, '_>], _: &mut Vec<u8>) -> Answer<'a> {
    match arguments {
        [Argument::Bytes(path)] => Answer::Part(basename(path)),
        _ => Answer::Absent,
    }
}

/// What follows the last slash.
pub(super) fn basename(path: &[u8]) -> &[u8] {
    let slash = path.iter().rposition(|byte| *byte == b'/');
    slash.map_or(path, |slash| &path[slash + 1..])
}

fn impossible(asked: Asked<'_>) -> Option<Impossible> {
    asked.literal.contains(&b'/').then_some(Impossible {
        why: "the last part of a path has no slash",
        instead: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_leaves_nothing() {
        assert_eq!(basename(b"/"), b"");
        assert_eq!(basename(b"//"), b"");
        assert_eq!(basename(b""), b"");
        assert_eq!(basename(b"/\xff"), b"\xff");
    }
}
