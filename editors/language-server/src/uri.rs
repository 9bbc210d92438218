//! `file:` URIs and paths, and the URIs of texts that are in no file: `tracee:/std/lists/shells.tp`.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// The scheme of texts that are compiled into the program.
pub(crate) const SCHEME: &str = "tracee";

/// The path that a `file:` URI names; `.` and `..` in it are done away with.
pub(crate) fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    // The machine's name, which is empty or this one.
    let at = rest.find('/')?;
    let bytes = decoded(&rest[at..]);
    let path = PathBuf::from(String::from_utf8(bytes).ok()?);
    Some(plain(&path))
}

/// A path without `.` and `..`, as text: a link before a `..` is not looked at.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut made = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                made.pop();
            }
            part => made.push(part),
        }
    }
    made
}

/// The URI of a file. Bytes that are no UTF-8 are replaced: editors send none such.
pub(crate) fn of_path(path: &Path) -> String {
    format!("file://{}", encoded(&path.to_string_lossy()))
}

/// The URI of a text that is compiled in, by its name: `std/lists/shells.tp`.
pub(crate) fn of_built_in(name: &str) -> String {
    format!("{SCHEME}:/{}", encoded(name))
}

/// The name of a text that is compiled in.
pub(crate) fn built_in(uri: &str) -> Option<String> {
    let rest = uri.strip_prefix(SCHEME)?.strip_prefix(":")?;
    String::from_utf8(decoded(rest.trim_start_matches('/'))).ok()
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a String can't fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        if let (b'%', Some(high), Some(low)) = (first, digit(0), digit(1)) {
            out.push(u8::try_from(high * 16 + low).unwrap_or_default());
            rest = &after[2..];
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_uris_are_each_others() {
        for (uri, file) in [
            ("file:///etc/a%20b.tp", "/etc/a b.tp"),
            ("file:///%C3%A4/100%25.tp", "/ä/100%.tp"),
        ] {
            assert_eq!(path(uri), Some(PathBuf::from(file)));
            assert_eq!(of_path(Path::new(file)), uri);
        }
    }

    #[test]
    fn odd_uris_are_taken_as_they_are() {
        assert_eq!(path("file:///a/./b/../c.tp"), Some("/a/c.tp".into()));
        assert_eq!(path("file://localhost/a.tp"), Some("/a.tp".into()));
        assert_eq!(path("file:///a%2"), Some("/a%2".into()));
        assert_eq!(path("file:///%ff"), None);
        assert_eq!(path("untitled:Untitled-1"), None);
        assert_eq!(built_in("tracee:/std/a.tp"), Some("std/a.tp".into()));
        assert_eq!(built_in("tracee:///std/a.tp"), Some("std/a.tp".into()));
    }
}
