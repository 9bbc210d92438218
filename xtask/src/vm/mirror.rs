//! The Debian mirror that this machine's apt uses, read from its own sources: other releases'
//! kernels come from the same place, checked with the same keys.

use std::path::{Path, PathBuf};

use crate::{Result, shell};

/// Where Debian's packages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mirror {
    /// For plain suites (`bookworm`, `sid`).
    pub(crate) main: Place,
    /// For `*-security` suites, if the machine names one.
    pub(crate) security: Option<Place>,
    /// The machine's own suite.
    pub(crate) codename: String,
}

/// The parts of an apt source that hold for any suite.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// One or more, separated by spaces.
    pub(crate) uris: String,
    /// `Signed-By`, as written, which may be a whole key of several lines.
    pub(crate) signed_by: Option<String>,
    /// `Trusted`, as written.
    pub(crate) trusted: Option<String>,
}

/// One source of the machine's apt.
#[derive(Debug, Default)]
struct Source {
    place: Place,
    suites: Vec<String>,
    components: Vec<String>,
}

impl Mirror {
    /// Reads the sources of the machine's apt.
    pub(crate) fn of_this_machine() -> Result<Mirror> {
        let codename = codename(&shell::read_text(Path::new("/etc/os-release"))?);
        let codename = codename.ok_or("/etc/os-release has no VERSION_CODENAME")?;
        let mut sources = Vec::new();
        for path in source_files()? {
            let text = shell::read_text(&path)?;
            if path
                .extension()
                .is_some_and(|extension| extension == "sources")
            {
                sources.extend(stanzas(&text));
            } else {
                sources.extend(text.lines().filter_map(one_line));
            }
        }
        choose(&sources, &codename).ok_or_else(|| {
            format!(
                "no Debian mirror in /etc/apt/sources.list and /etc/apt/sources.list.d: none of \
                 their sources has the suite `{codename}` with the component `main`. The guests' \
                 kernels are Debian packages, so this needs a Debian machine"
            )
            .into()
        })
    }
}

fn source_files() -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let list = PathBuf::from("/etc/apt/sources.list");
    if list.exists() {
        files.push(list);
    }
    if let Ok(entries) = std::fs::read_dir("/etc/apt/sources.list.d") {
        let mut parts: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        parts.retain(|path| {
            path.extension()
                .is_some_and(|e| e == "list" || e == "sources")
        });
        parts.sort();
        files.extend(parts);
    }
    Ok(files)
}

fn codename(os_release: &str) -> Option<String> {
    let value = os_release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))?;
    Some(value.trim_matches('"').to_owned())
}

/// Others publish under Debian's suite names too; Debian's own archive ends in `/debian`.
fn choose(sources: &[Source], codename: &str) -> Option<Mirror> {
    let serving = |suite: &str| {
        let mut found: Vec<&Source> = sources
            .iter()
            .filter(|source| {
                source.suites.iter().any(|s| s == suite)
                    && source.components.iter().any(|c| c == "main")
            })
            .collect();
        found.sort_by_key(|source| !source.place.uris.contains("/debian"));
        found.first().map(|source| source.place.clone())
    };
    Some(Mirror {
        main: serving(codename)?,
        security: serving(&format!("{codename}-security")),
        codename: codename.to_owned(),
    })
}

/// `deb [signed-by=/key.gpg] http://mirror/debian bookworm main`.
fn one_line(line: &str) -> Option<Source> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let mut rest = line
        .strip_prefix("deb ")
        .or_else(|| line.strip_prefix("deb\t"))?
        .trim_start();
    let mut source = Source::default();
    if let Some(options) = rest.strip_prefix('[') {
        let (options, after) = options.split_once(']')?;
        for option in options.split_whitespace() {
            match option.split_once('=') {
                Some(("signed-by", value)) => source.place.signed_by = Some(value.to_owned()),
                Some(("trusted", value)) => source.place.trusted = Some(value.to_owned()),
                _ => {}
            }
        }
        rest = after;
    }
    let mut words = rest.split_whitespace().map(str::to_owned);
    source.place.uris = words.next()?;
    source.suites = vec![words.next()?];
    source.components = words.collect();
    Some(source)
}

/// The stanzas of a deb822 file (sources.list(5)) that are enabled and have binary packages.
fn stanzas(text: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines().chain([""]) {
        if line.starts_with('#') {
            continue;
        }
        if line.trim().is_empty() {
            found.extend(stanza(&fields));
            fields.clear();
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((key, value)) = line.split_once(':') {
            fields.push((key.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    found
}

fn stanza(fields: &[(String, String)]) -> Option<Source> {
    let field = |name: &str| {
        fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, v)| v.clone())
    };
    let words = |name: &str| {
        field(name)
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    if field("enabled").is_some_and(|value| value == "no")
        || !words("types").iter().any(|kind| kind == "deb")
    {
        return None;
    }
    Some(Source {
        place: Place {
            uris: words("uris").join(" "),
            signed_by: field("signed-by"),
            trusted: field("trusted"),
        },
        suites: words("suites"),
        components: words("components"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deb822_sources_give_both_mirrors_and_keep_the_key() {
        let text = "\
# a comment
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
Enabled: no
URIs: http://wrong.example/debian-security
Suites: bookworm-security
Components: main

Types: deb deb-src
# a comment within
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main contrib
Signed-By: /keys/debian.gpg
";
        let mirror = choose(&stanzas(text), "bookworm").unwrap();
        assert_eq!(mirror.main.uris, "http://mirror.example/debian");
        assert_eq!(
            mirror.main.signed_by.as_deref(),
            Some("\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc")
        );
        let security = mirror.security.unwrap();
        assert_eq!(security.uris, "http://mirror.example/debian-security");
        assert_eq!(security.signed_by.as_deref(), Some("/keys/debian.gpg"));
    }

    #[test]
    fn one_line_sources_are_read_with_their_options() {
        let sources: Vec<Source> = [
            "# deb http://commented.example/debian bookworm main",
            "deb-src http://source.example/debian bookworm main",
            "deb http://others.example/tool bookworm main",
            "deb [arch=amd64 signed-by=/keys/d.gpg] http://mirror.example/debian bookworm main # x",
        ]
        .into_iter()
        .filter_map(one_line)
        .collect();
        let mirror = choose(&sources, "bookworm").unwrap();
        assert_eq!(mirror.main.uris, "http://mirror.example/debian");
        assert_eq!(mirror.main.signed_by.as_deref(), Some("/keys/d.gpg"));
        assert_eq!(mirror.security, None);
    }

    #[test]
    fn a_machine_that_is_not_debian_has_no_mirror() {
        let sources: Vec<Source> = one_line("deb http://archive.example/ubuntu noble main")
            .into_iter()
            .collect();
        assert_eq!(choose(&sources, "bookworm"), None);
    }
}
