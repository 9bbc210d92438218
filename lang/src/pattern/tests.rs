//! What patterns match, and what their literals say of that.

use super::*;
use crate::hir::TextOp;
use crate::interpreter;
use PatternKind::{Glob, Regex};

fn set(kind: PatternKind, patterns: &[&str], fold: bool) -> PatternSet {
    let sources = patterns.iter().map(|source| source.as_bytes().into());
    PatternSet::new(kind, sources.collect(), fold).unwrap()
}

fn matches(kind: PatternKind, pattern: &str, text: &[u8]) -> bool {
    set(kind, &[pattern], false).matches(text)
}

#[test]
fn globs_match_whole_strings_by_components() {
    for (glob, text, expected) in [
        ("/etc/passwd", "/etc/passwd", true),
        ("/etc/passwd", "/etc/passwd-", false),
        ("/etc/passwd", "x/etc/passwd", false),
        ("", "", true),
        ("", "a", false),
        ("/etc/*", "/etc/passwd", true),
        ("/etc/*", "/etc/", true),
        ("/etc/*", "/etc/ssh/config", false),
        ("/etc/*", "/etc", false),
        ("*.conf", "a.conf", true),
        ("*.conf", ".conf", true),
        ("*.conf", "/a.conf", false),
        ("/etc/*/*.conf", "/etc/a/b.conf", true),
        ("/etc/*/*.conf", "/etc/b.conf", false),
        ("/tmp/?", "/tmp/a", true),
        ("/tmp/?", "/tmp/", false),
        ("/tmp?a", "/tmp/a", false),
        ("/tmp/??", "/tmp/é", true),
        ("**", "", true),
        ("**", "/a/b", true),
        ("/etc/**", "/etc/", true),
        ("/etc/**", "/etc/a/b", true),
        ("/etc/**", "/etc", false),
        ("/etc/**", "/etcetera", false),
        ("**/id_rsa", "/root/.ssh/id_rsa", true),
        ("**/id_rsa", "/id_rsa", true),
        ("**/id_rsa", "id_rsa", true),
        ("**/id_rsa", "/root/my_id_rsa", false),
        ("/home/**/.ssh/*", "/home/.ssh/a", true),
        ("/home/**/.ssh/*", "/home/a/b/.ssh/c", true),
        ("/home/**/.ssh/*", "/home/a.ssh/c", false),
        ("/etc/**/*.conf", "/etc/a.conf", true),
        ("/etc/**/*.conf", "/etc/a/b.conf", true),
        ("/etc/**/*.conf", "/etc/a/b.conf/c", false),
        ("/a/**/**/b", "/a/b", true),
        ("/home/*/.ssh{,/**}", "/home/a/.ssh", true),
        ("/home/*/.ssh{,/**}", "/home/a/.ssh/b/c", true),
        ("/home/*/.ssh{,/**}", "/home/a/.sshd", false),
        ("/{bin,sbin}/*sh", "/sbin/bash", true),
        ("/{bin,sbin}/*sh", "/usr/bash", false),
        ("{a,b{c,d}}", "bd", true),
        ("{a,b{c,d}}", "b", false),
        ("{**/a,b}", "x/y/a", true),
        ("a,b", "a,b", true),
        ("[a-c]x", "bx", true),
        ("[a-c]x", "dx", false),
        ("[!a-c]x", "dx", true),
        ("[^a-c]x", "ax", false),
        ("[!a]", "/", false),
        ("[+-9]", "/", false),
        ("[]a]", "]", true),
        ("[!]a]", "]", false),
        ("[a-]", "-", true),
        ("[-a]", "-", true),
        ("[\\]]", "]", true),
        ("[a\\-c]", "b", false),
        ("[*?]", "*", true),
        ("\\*", "*", true),
        ("\\*", "a", false),
        ("\\{a\\}", "{a}", true),
        ("a/.*", "a/.b", true),
        ("*", ".hidden", true),
        ("a\nb*", "a\nb\n", true),
    ] {
        let found = matches(Glob, glob, text.as_bytes());
        assert_eq!(found, expected, "{glob} {text}");
    }
    assert!(matches(Glob, "/tmp/*", b"/tmp/\xff\n"));
    assert!(matches(Glob, "/tmp/**/x", b"/tmp/\xff/x"));
    assert!(set(Glob, &["/TMP/[a-c]\\*"], true).matches(b"/tmp/B*"));
    assert!(!set(Glob, &["/tmp/é"], true).matches("/tmp/É".as_bytes()));
    assert!(set(Glob, &["a", "b*"], false).matches(b"bc"));
}

#[test]
fn regexes_match_anywhere_and_by_bytes() {
    for (regex, text, expected) in [
        ("b", "abc", true),
        ("^b", "abc", false),
        ("^a.c$", "abc", true),
        ("^a.c$", "a\nc", true),
        ("^a.c$", "abc\n", false),
        ("(?-s)^a.c$", "a\nc", false),
        ("(?m)^b$", "a\nb\nc", true),
        ("[0-9]{2,3}", "a1b22", true),
        ("(?i)ETC", "/etc", true),
        ("\\bsh\\b", "/bin/sh -c", true),
        ("\\bsh\\b", "/bin/bash", false),
        ("a|^b$", "xa", true),
        ("", "", true),
        ("é", "caf\u{e9}", true),
        ("(?x) a b # both", "ab", true),
        ("[^/]+$", "a/", false),
    ] {
        let found = matches(Regex, regex, text.as_bytes());
        assert_eq!(found, expected, "{regex} {text}");
    }
    assert!(matches(Regex, "^/tmp/.*\\.so$", b"/tmp/\xff\n.so"));
    assert!(matches(Regex, "\\xff", b"a\xff"));
    assert!(matches(Regex, "^[^a]$", b"\xff"));
    assert!(set(Regex, &["select.+FROM"], true).matches(b"SELECT * from"));
    assert!(set(Regex, &["x", "y$"], false).matches(b"ay"));
}

fn shown(tests: &[LiteralTest]) -> String {
    let one = |test: &LiteralTest| {
        let fold = if test.fold { "~" } else { "" };
        let literal = String::from_utf8_lossy(&test.literal);
        format!("{}{fold} {literal:?}", test.op.word(1))
    };
    tests.iter().map(one).collect::<Vec<_>>().join(" or ")
}

fn known(set: &PatternSet) -> (String, String) {
    let literals = set.literals();
    let groups = literals.necessary.iter().map(|group| shown(group));
    let necessary = groups.collect::<Vec<_>>().join(" and ");
    let equal = |exact, text: String| if exact { format!("= {text}") } else { text };
    (
        equal(literals.necessary_suffices, necessary),
        equal(
            literals.sufficient_is_necessary,
            shown(&literals.sufficient),
        ),
    )
}

#[test]
#[rustfmt::skip] // one pattern a line
fn literals_of_patterns() {
    for (kind, pattern, necessary, sufficient) in [
        (Glob, "/etc/passwd", r#"= == "/etc/passwd""#, r#"= == "/etc/passwd""#),
        (Glob, "/etc/**", r#"= prefix "/etc/""#, r#"= prefix "/etc/""#),
        (Glob, "/etc{,/**}", r#"= == "/etc" or prefix "/etc/""#, r#"= == "/etc" or prefix "/etc/""#),
        (Glob, "**/*.conf", r#"= suffix ".conf""#, r#"= suffix ".conf""#),
        (Glob, "**/id_rsa", r#"= == "id_rsa" or suffix "/id_rsa""#, r#"= == "id_rsa" or suffix "/id_rsa""#),
        (Glob, "/etc/**/*.conf", r#"= prefix "/etc/" and suffix ".conf""#, ""),
        (Glob, "/a/**/*a/", r#"prefix "/a/" and suffix "a/""#, ""),
        (Glob, "/home/*/.ssh/**", r#"prefix "/home/" and contains "/.ssh/""#, ""),
        (Glob, "/tmp/*", r#"prefix "/tmp/""#, ""),
        (Glob, "/proc/*/mem", r#"prefix "/proc/" and suffix "/mem""#, ""),
        (Glob, "/{bin,sbin}/*", r#"prefix "/bin/" or prefix "/sbin/""#, ""),
        (Glob, "/*", "", ""),
        (Glob, "*", "", ""),
        (Glob, "**", r#"= contains """#, r#"= contains """#),
        (Glob, "[ab]", r#"= == "a" or == "b""#, r#"= == "a" or == "b""#),
        (Regex, "abc", r#"= contains "abc""#, r#"= contains "abc""#),
        (Regex, "^abc", r#"= prefix "abc""#, r#"= prefix "abc""#),
        (Regex, "abc$", r#"= suffix "abc""#, r#"= suffix "abc""#),
        (Regex, "^abc$", r#"= == "abc""#, r#"= == "abc""#),
        (Regex, "^$", r#"= == """#, r#"= == """#),
        (Regex, "^", r#"= contains """#, r#"= contains """#),
        (Regex, ".*", r#"= contains """#, r#"= contains """#),
        (Regex, "x*", r#"= contains """#, r#"= contains """#),
        (Regex, "^x*$", "", ""),
        (Regex, ".*abc.*", r#"= contains "abc""#, r#"= contains "abc""#),
        (Regex, "(^|/)sh$", r#"= == "sh" or suffix "/sh""#, r#"= == "sh" or suffix "/sh""#),
        (Regex, "^/etc/.*\\.conf$", r#"= prefix "/etc/" and suffix ".conf""#, ""),
        (Regex, "id_[a-z]*", r#"= contains "id_""#, r#"= contains "id_""#),
        (Regex, "id_[a-z]+", r#"contains "id_""#, ""),
        (Regex, "id_[a-z]*$", r#"contains "id_""#, ""),
        (Regex, "(?i)etc", r#"= contains~ "etc""#, r#"= contains~ "etc""#),
        (Regex, "(?i:etc)X", r#"contains~ "etcX""#, ""),
        (Regex, "\\bsh\\b", r#"contains "sh""#, ""),
        (Regex, "(curl|wget).*sh", r#"contains "curl" or contains "wget" and contains "sh""#, ""),
        (Regex, "a{3}b", r#"= contains "aaab""#, r#"= contains "aaab""#),
        (Regex, "a{3,}b", r#"contains "aaa""#, ""),
        (Regex, "[^\\s\\S]", "= ", "= "),
        (Regex, "[0-9]x?", "", ""),
        (Regex, "(a|[0-9])x", r#"contains "ax" or contains "x""#, r#"contains "ax""#),
    ] {
        let found = known(&set(kind, &[pattern], false));
        assert_eq!(found, (necessary.into(), sufficient.into()), "{pattern}");
    }
    let several = known(&set(Glob, &["/etc/**", "/home/*/.ssh/*"], true));
    let necessary =
        r#"prefix~ "/etc/" or prefix~ "/home/" and prefix~ "/etc/" or contains~ "/.ssh/""#;
    assert_eq!(several, (necessary.into(), r#"prefix~ "/etc/""#.into()));
}

/// A sequence of numbers (a linear congruence, Knuth's MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    /// Some of these in a row.
    fn some<'a>(&mut self, of: &[&'a str], most: usize) -> Vec<&'a str> {
        (0..self.below(most + 1))
            .map(|_| of[self.below(of.len())])
            .collect()
    }
}

/// Signs that make patterns, sound and malformed ones.
const SIGNS: &[&str] = &[
    "a", "b", "ab", "A", "/", "\n", "é", ".", ".*", "*", "**", "?", "+", "^", "$", "(", ")",
    "(?i)", "|", "[", "]", "[ab]", "[^a]", "[!a]", "{", "}", ",", "{a,b}", "{2}", "{1,3}", "\\",
    "\\b", "(a|b)", "-",
];

#[test]
fn what_literals_say_is_so() {
    let mut numbers = Numbers(11);
    let (mut sound, mut known, mut exact) = (0, 0, 0);
    for _ in 0..20_000 {
        let kind = [Glob, Regex][numbers.below(2)];
        let fold = numbers.below(4) == 0;
        let patterns: Vec<_> = (0..1 + numbers.below(2))
            .map(|_| numbers.some(SIGNS, 8).concat())
            .collect();
        let sources = patterns.iter().map(|source| source.as_bytes().into());
        let made = PatternSet::new(kind, sources.collect(), fold);
        let set = match made {
            Ok(set) => set,
            Err(wrong) => {
                for error in wrong {
                    let pattern = &patterns[error.at.unwrap()];
                    assert!(error.place.end <= pattern.len(), "{pattern} {error:?}");
                }
                continue;
            }
        };
        sound += 1;
        let literals = set.literals();
        known += usize::from(!literals.necessary.is_empty());
        exact += usize::from(literals.sufficient_is_necessary);
        for _ in 0..24 {
            let text = numbers
                .some(&["a", "b", "A", "/", "\n", "é", "c"], 6)
                .concat();
            let matches = set.matches(text.as_bytes());
            let passes = |tests: &Vec<LiteralTest>| {
                tests.iter().any(|test| {
                    interpreter::text(test.op, text.as_bytes(), &test.literal, test.fold)
                })
            };
            let necessary = literals.necessary.iter().all(passes);
            let sufficient = passes(&literals.sufficient);
            let what = format!("{kind:?} {patterns:?} {fold} {text:?} {literals:?}");
            assert!(necessary || !matches, "{what}");
            assert!(matches || !sufficient, "{what}");
            assert!(
                !literals.necessary_suffices || necessary == matches,
                "{what}"
            );
            assert!(
                !literals.sufficient_is_necessary || sufficient == matches,
                "{what}"
            );
        }
    }
    assert!(
        sound > 5_000 && known > 2_000 && exact > 1_000,
        "{sound} {known} {exact}"
    );
}

#[test]
fn what_explodes_is_refused_or_fast() {
    for (kind, pattern) in [
        (Regex, "(?:a{999}){999}".to_owned()),
        (Regex, "(?:(?:a|b)*c?){9999}".to_owned()),
        (Regex, "(".repeat(2000) + &")".repeat(2000)),
        (Regex, "a*".repeat(3000)),
        (Glob, "{".repeat(2000) + &",}".repeat(2000)),
        (Glob, "{a,b}".repeat(3000)),
    ] {
        let wrong = PatternSet::new(kind, [pattern.as_bytes().into()].into(), false).unwrap_err();
        assert!(wrong.iter().all(|error| error.too_large), "{wrong:?}");
    }
    // What takes other engines a time that grows exponentially.
    let text = [&[b'a'; 4096][..], b"!"].concat();
    assert!(!matches(Regex, "^(a+)+$", &text));
    assert!(!matches(Glob, &("*a".repeat(30) + "b"), &text));
    let many: Arc<[Arc<[u8]>]> = (0..2000)
        .map(|at| format!("x{{900}}{at}").into_bytes().into())
        .collect();
    let wrong = PatternSet::new(Regex, many, false).unwrap_err();
    assert!(wrong[0].at.is_none() && wrong[0].too_large);
}

#[test]
fn what_a_glob_misses() {
    for (glob, misses) in [
        ("*.conf", true),
        ("etc/**", true),
        ("[a-z]/x", true),
        ("{a,b}*", true),
        ("/etc/*", false),
        ("**/*.conf", false),
        ("*/x", false),
        ("{a,/b}", false),
        ("{,a}/b", false),
        ("", false),
    ] {
        assert_eq!(misses_absolute_paths(glob.as_bytes()), misses, "{glob}");
    }
}

#[test]
fn what_a_regex_could_leave_out() {
    for (regex, left) in [
        (".*abc", "abc"),
        (".*.*?abc.*", "abc.*"),
        ("abc.*", "abc"),
        ("^.*abc", "abc"),
        ("^.*abc$", "abc$"),
        ("abc.*$", "abc"),
        ("^abc.*$", "^abc"),
        ("^.*$", "^.*$"),
        (".*", ".*"),
        ("(?-s)^.*abc", "(?-s)^.*abc"),
        ("a.*b", "a.*b"),
        (".+a", ".+a"),
    ] {
        let mut rest = regex.to_owned();
        if let Some(idle) = idle_parts(regex.as_bytes()) {
            rest.replace_range(idle, "");
        }
        assert_eq!(rest, left, "{regex}");
    }
}

#[test]
fn sets_are_equal_if_they_are_written_so() {
    let one = set(Glob, &["a*"], false);
    assert_eq!(one, set(Glob, &["a*"], false));
    assert_ne!(one, set(Glob, &["a*"], true));
    assert_ne!(one, set(Glob, &["a*", "b"], false));
    assert_ne!(set(Glob, &["a"], false), set(Regex, &["a"], false));
    assert_eq!(one.literals().necessary[0][0].op, TextOp::Prefix);
}
