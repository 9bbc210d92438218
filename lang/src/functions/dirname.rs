//! `dirname(path)`.

use super::{Answer, Argument, Asked, Evaluation, Example, Function, Impossible, Sample, text};
use crate::hir::TextOp;
use crate::types::Type;

pub(super) static DIRNAME: Function = Function {
    name: "dirname",
    doc: "The directory that a path is in. It is what stands before the last slash, \
          without slashes at its end: `/` for what is in the root directory, and `.` for a path \
          without a slash.",
    parameters: &[text("path")],
    result: Type::Path,
    edges: "Of a path that was cut it is the directory of what is there.",
    examples: &[
        Example {
            arguments: &[Sample::Text("/etc/ssh/sshd_config")],
            gives: Some(Sample::Text("/etc/ssh")),
        },
        Example {
            arguments: &[Sample::Text("/vmlinuz")],
            gives: Some(Sample::Text("/")),
        },
        Example {
            arguments: &[Sample::Text("notes.txt")],
            gives: Some(Sample::Text(".")),
        },
        Example {
            arguments: &[Sample::Text("/etc/cron.d/")],
            gives: Some(Sample::Text("/etc/cron.d")),
        },
    ],
    conditions: &[
        ("openat", r#"dirname(pathname) in ["/etc", "/etc/cron.d"]"#),
        ("rename", "dirname(oldpath) != dirname(newpath)"),
    ],
    evaluation: Evaluation::Values(evaluate),
    is_part: true,
    any_bytes: false,
    ignores: &[],
    impossible,
};

fn evaluate<'a>(arguments: &mut [Argument<'a, '_>], _: &mut Vec<u8>) -> Answer<'a> {
    match arguments {
        [Argument::Bytes(path)] => Answer::Part(dirname(path)),
        _ => Answer::Absent,
    }
}

fn dirname(path: &[u8]) -> &[u8] {
    let Some(slash) = path.iter().rposition(|byte| *byte == b'/') else {
        return b".";
    };
    match path[..slash].iter().rposition(|byte| *byte != b'/') {
        Some(end) => &path[..=end],
        None => b"/",
    }
}

fn impossible(asked: Asked<'_>) -> Option<Impossible> {
    let ends = matches!(asked.op, TextOp::Eq | TextOp::Suffix) && asked.literal.ends_with(b"/");
    let end = asked.literal.iter().rposition(|byte| *byte != b'/');
    (ends && asked.literal != b"/").then(|| Impossible {
        why: "the directory has no slash at its end",
        instead: end.map(|end| asked.literal[..=end].to_vec()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_at_the_end_are_left_out() {
        assert_eq!(dirname(b"/etc//passwd"), b"/etc");
        assert_eq!(dirname(b"//etc"), b"/");
        assert_eq!(dirname(b"/"), b"/");
        assert_eq!(dirname(b""), b".");
        assert_eq!(dirname(b"../x"), b"..");
    }
}
