//! Trees without their places, to be compared.

/// Drops the places (`0:12..17`) from the form of a tree that is for debugging, but not from what is
/// in quotes there: what is left tells whether two texts say the same.
pub fn without_places(tree: &str) -> String {
    let mut out = String::with_capacity(tree.len() / 2);
    let mut rest = tree;
    while let Some(at) = rest.find(|c: char| c == '"' || c.is_ascii_digit()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = if rest.starts_with('"') {
            let end = quoted(rest);
            out.push_str(&rest[..end]);
            end
        } else {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '.' | '_'))
                .unwrap_or(rest.len());
            let word = &rest[..end];
            out.push_str(if word.contains(':') { "" } else { word });
            end
        };
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The length of the quoted text that `text` begins with.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_dropped_from_trees_but_not_from_strings() {
        let tree = r#"Text { "a \" 0:1..2" 0:3..9, value: 12 0:4..6, `b2` 0:1..2 }"#;
        let wanted = r#"Text { "a \" 0:1..2" , value: 12 , `b2`  }"#;
        assert_eq!(without_places(tree), wanted);
    }
}
