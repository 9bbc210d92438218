//! Paths as SARIF's artifact locations: relative references, percent-encoded (3.4, RFC 3986).

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use serde_json::{Value, json};
use tracee_lang::source::FileId;

use crate::load::Sources;

/// The addresses of all files, by their ids.
pub(super) struct Uris(Vec<String>);

impl Uris {
    pub(super) fn new(sources: &Sources) -> Self {
        let here = std::env::current_dir().unwrap_or_default();
        let uri = |origin: &crate::load::Origin| {
            if origin.is_stdin() {
                encode(b"<stdin>")
            } else {
                reference(&origin.path, &here)
            }
        };
        Self(sources.origins.iter().map(uri).collect())
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(super) fn location(&self, file: FileId) -> Value {
        let index = file.0 as usize;
        match self.0.get(index) {
            Some(uri) => json!({ "uri": uri, "index": index }),
            None => json!({}),
        }
    }
}

/// A path below `here` relative to it, as whoever reads the log looks from the repository's root;
/// another absolute one as a `file` URI.
fn reference(path: &Path, here: &Path) -> String {
    let path = path.strip_prefix(here).unwrap_or(path);
    let parts: Vec<String> = path
        .components()
        .filter_map(|component| match component {
            Component::Normal(part) => Some(encode(OsStr::as_bytes(part))),
            Component::ParentDir => Some("..".to_owned()),
            _ => None,
        })
        .collect();
    let parts = parts.join("/");
    match (path.is_absolute(), &*parts) {
        (true, _) => format!("file:///{parts}"),
        (false, "") => "./".to_owned(),
        (false, _) => parts,
    }
}

/// Everything but the unreserved characters of RFC 3986 is encoded, so that a colon makes no scheme.
fn encode(part: &[u8]) -> String {
    let mut text = String::with_capacity(part.len());
    for &byte in part {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_and_encoded() {
        let here = Path::new("/work/site");
        for (path, uri) in [
            ("policies/web.tp", "policies/web.tp"),
            ("./a.tp", "a.tp"),
            (".", "./"),
            ("../b.tp", "../b.tp"),
            ("/work/site/policies/web.tp", "policies/web.tp"),
            ("/etc/tracee/a b.tp", "file:///etc/tracee/a%20b.tp"),
            ("http:x#y?z%.tp", "http%3Ax%23y%3Fz%25.tp"),
            ("größe.tp", "gr%C3%B6%C3%9Fe.tp"),
        ] {
            assert_eq!(reference(Path::new(path), here), uri, "{path}");
        }
        let not_utf8 = Path::new(OsStr::from_bytes(b"caf\xe9.tp"));
        assert_eq!(reference(not_utf8, here), "caf%E9.tp");
    }
}
