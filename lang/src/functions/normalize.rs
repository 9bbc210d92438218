//! `normalize(path)`.

use super::{Answer, Argument, Asked, Evaluation, Example, Function, Impossible, Sample, text};
use crate::hir::TextOp;
use crate::types::Type;

pub(super) static NORMALIZE: Function = Function {
    name: "normalize",
    doc: "The path without what makes no difference: empty parts, `.`, and `..` together with the part \
          before it. A program may write `/etc/../etc//shadow` for `/etc/shadow`, to be overlooked. \
          Links are not followed: where `/a` is a link, `/a/..` may be another directory than `/`.",
    parameters: &[text("path")],
    result: Type::Path,
    edges: "`..` at the beginning of a relative path stays, that of an absolute one is left out. An empty \
            path becomes `.`.",
    examples: &[
        Example {
            arguments: &[Sample::Text("/etc/../etc//./shadow")],
            gives: Some(Sample::Text("/etc/shadow")),
        },
        Example {
            arguments: &[Sample::Text("../bin/")],
            gives: Some(Sample::Text("../bin")),
        },
        Example {
            arguments: &[Sample::Text("/../..")],
            gives: Some(Sample::Text("/")),
        },
    ],
    conditions: &[(
        "openat",
        r#"normalize(pathname) in ["/etc/shadow", "/etc/gshadow"]"#,
    )],
    evaluation: Evaluation::Values(evaluate),
    is_part: false,
    any_bytes: false,
    ignores: &["normalize"],
    impossible,
};

fn evaluate<'a>(arguments: &mut [Argument<'a, '_>], made: &mut Vec<u8>) -> Answer<'a> {
    let [Argument::Bytes(path)] = arguments else {
        return Answer::Absent;
    };
    normalize(path, made);
    Answer::Made
}

fn normalize(path: &[u8], made: &mut Vec<u8>) {
    let root = usize::from(path.starts_with(b"/"));
    made.extend_from_slice(&path[..root]);
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if made.len() > root && !ends_with_up(made) => {
                let slash = made.iter().rposition(|byte| *byte == b'/');
                // The part, and the slash before it if that is not the root.
                made.truncate(slash.unwrap_or(0).max(root));
            }
            b".." if root > 0 => {}
            part => {
                if made.len() > root {
                    made.push(b'/');
                }
                made.extend_from_slice(part);
            }
        }
    }
    if made.is_empty() {
        made.push(b'.');
    }
}

fn ends_with_up(path: &[u8]) -> bool {
    path == b".." || path.ends_with(b"/..")
}

fn impossible(asked: Asked<'_>) -> Option<Impossible> {
    let has = |part: &[u8]| {
        asked
            .literal
            .windows(part.len())
            .any(|window| window == part)
    };
    let whole = matches!(asked.op, TextOp::Eq | TextOp::Suffix);
    let ends = whole && asked.literal.len() > 1 && asked.literal.ends_with(b"/");
    let mut meant = Vec::new();
    normalize(asked.literal, &mut meant);
    (ends || has(b"//") || has(b"/./")).then(|| Impossible {
        why: "`normalize` leaves no empty parts and no `.`",
        instead: (asked.op == TextOp::Eq).then_some(meant),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_difference_is_left_out() {
        for (path, expected) in [
            ("", "."),
            ("/", "/"),
            ("//", "/"),
            (".", "."),
            ("..", ".."),
            ("../..", "../.."),
            ("a/..", "."),
            ("a/../..", ".."),
            ("a/../b", "b"),
            ("/a/..", "/"),
            ("/a/../b", "/b"),
            ("/a/b/../c/", "/a/c"),
            ("./a", "a"),
            ("/..a/b..", "/..a/b.."),
            ("../../a/..", "../.."),
            ("a/...", "a/..."),
        ] {
            let mut made = Vec::new();
            normalize(path.as_bytes(), &mut made);
            assert_eq!(String::from_utf8(made).unwrap(), expected, "{path}");
        }
    }
}
