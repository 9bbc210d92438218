//! `extension(path)`.

use super::basename::basename;
use super::{Answer, Argument, Asked, Evaluation, Example, Function, Impossible, Sample, text};
use crate::types::Type;

pub(super) static EXTENSION: Function = Function {
    name: "extension",
    doc: "What follows the last dot of a file's name. It is empty if there is no dot, or only the one \
          that hides a file: `.bashrc` has none.",
    parameters: &[text("path")],
    result: Type::String,
    edges: "Of a path that was cut it is that of what is there.",
    examples: &[
        Example {
            arguments: &[Sample::Text("/tmp/kit.tar.gz")],
            gives: Some(Sample::Text("gz")),
        },
        Example {
            arguments: &[Sample::Text("/lib/x.d/README")],
            gives: Some(Sample::Text("")),
        },
        Example {
            arguments: &[Sample::Text("/root/.bashrc")],
            gives: Some(Sample::Text("")),
        },
    ],
    conditions: &[("openat", r#"extension(pathname) in~ ["so", "ko", "bpf"]"#)],
    evaluation: Evaluation::Values(evaluate),
    is_part: true,
    any_bytes: false,
    ignores: &["basename"],
    impossible,
};

fn evaluate<'a>(arguments: &mut [Argument<'a, '_>], _: &mut Vec<u8>) -> Answer<'a> {
    match arguments {
        [Argument::Bytes(path)] => Answer::Part(extension(path)),
        _ => Answer::Absent,
    }
}

fn extension(path: &[u8]) -> &[u8] {
    let name = basename(path);
    match name.iter().rposition(|byte| *byte == b'.') {
        Some(dot) if dot > 0 => &name[dot + 1..],
        _ => &name[name.len()..],
    }
}

fn impossible(asked: Asked<'_>) -> Option<Impossible> {
    let last = asked.literal.rsplit(|byte| *byte == b'.').next();
    let no_other = !asked.literal.contains(&b'/');
    let has = |byte| asked.literal.contains(&byte);
    (has(b'.') || has(b'/')).then(|| Impossible {
        why: "an extension has neither a dot nor a slash",
        instead: last
            .filter(|last| no_other && !last.is_empty())
            .map(<[u8]>::to_vec),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_of_the_last_part_of_the_path() {
        assert_eq!(extension(b"a.b/c"), b"");
        assert_eq!(extension(b"a."), b"");
        assert_eq!(extension(b".a.b"), b"b");
        assert_eq!(extension(b"a.b/"), b"");
        assert_eq!(extension(b""), b"");
    }
}
