//! What strace writes, read: a line is a [`Call`], and what is written of its arguments a [`Term`]. Options are those
//! of guest/strace.sh: `-X verbose` puts names in comments behind their numbers, `-e raw=all` writes numbers only.

use super::errno::errno;
use crate::Result;

/// A syscall that returned, or ended its thread.
#[derive(Debug, PartialEq)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) arguments: Vec<Term>,
    pub(super) result: Outcome,
}

/// What a call came to.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    /// A number, or the number of an error with its sign.
    Value(i64),
    /// Nobody was there any more.
    Never,
}

/// A part of a call, with the names that strace gives a number.
#[derive(Debug, PartialEq)]
pub(super) struct Term {
    /// `flags` of `flags=17`.
    pub(super) key: Option<String>,
    pub(super) value: Value,
    /// The comments behind it, without their marks.
    pub(super) names: Vec<String>,
}

/// What a term is.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    /// Also NULL.
    Number(i128),
    /// Bytes in quotes.
    Text(Vec<u8>),
    /// `{…}`
    Struct(Vec<Term>),
    /// `[…]`
    List(Vec<Term>),
    /// What strace writes in a form of its own (`~[]`, `htons(…)`), or did not read to its end.
    Other(String),
}

impl Value {
    /// The member of a struct.
    pub(super) fn member(&self, key: &str) -> Option<&Term> {
        match self {
            Self::Struct(terms) => terms.iter().find(|term| term.key.as_deref() == Some(key)),
            _ => None,
        }
    }
}

/// The calls in a file of `strace -ff`, in their order.
///
/// # Errors
/// Names the first line that is no call.
pub(super) fn calls(text: &str) -> Result<Vec<Call>> {
    let lines = text.lines();
    // What became of the thread and what signals it got are no calls.
    let lines = lines.filter(|line| !line.starts_with("+++ ") && !line.starts_with("--- "));
    lines
        .map(|line| call(line).ok_or_else(|| format!("not a call of strace's: {line}").into()))
        .collect()
}

fn call(line: &str) -> Option<Call> {
    let (name, rest) = line.split_once('(')?;
    let end = closing(rest)?;
    let arguments = pieces(&rest[..end], b',').into_iter().map(term).collect();
    let result = rest[end + 1..].trim_start().strip_prefix("= ")?;
    Some(Call {
        name: name.to_owned(),
        arguments,
        result: outcome(result)?,
    })
}

fn outcome(text: &str) -> Option<Outcome> {
    let mut words = text.split(' ');
    let first = words.next()?;
    let error = words
        .next()
        .filter(|word| word.starts_with('E'))
        .map(|name| errno(name).map(|number| Outcome::Value(-number)));
    match (first, error) {
        ("-1" | "?", Some(error)) => error,
        ("?", None) => Some(Outcome::Never),
        _ => number(first).map(|value| Outcome::Value(value as i64)),
    }
}

/// Where the bracket is that closes what was opened before.
fn closing(text: &str) -> Option<usize> {
    let mut scan = Scan::default();
    text.bytes().enumerate().find_map(|(at, byte)| {
        let closes = scan.is_top() && byte == b')';
        scan.step(byte);
        closes.then_some(at)
    })
}

/// The parts between separators that are in no bracket, quote or comment; none of an empty text.
fn pieces(text: &str, separator: u8) -> Vec<&str> {
    let mut scan = Scan::default();
    let (mut pieces, mut start) = (Vec::new(), 0);
    for (at, byte) in text.bytes().enumerate() {
        if scan.is_top() && byte == separator {
            pieces.push(text[start..at].trim());
            start = at + 1;
        }
        scan.step(byte);
    }
    if !pieces.is_empty() || !text.trim().is_empty() {
        pieces.push(text[start..].trim());
    }
    pieces
}

/// How deep in brackets, quotes and comments a byte is.
#[derive(Default)]
struct Scan {
    brackets: usize,
    comments: usize,
    quoted: bool,
    escaped: bool,
    last: u8,
}

impl Scan {
    fn is_top(&self) -> bool {
        self.brackets == 0 && self.comments == 0 && !self.quoted
    }

    fn step(&mut self, byte: u8) {
        if self.quoted {
            self.quoted = byte != b'"' || self.escaped;
            self.escaped = byte == b'\\' && !self.escaped;
            self.last = 0;
            return;
        }
        let last = std::mem::replace(&mut self.last, byte);
        match (last, byte) {
            (b'/', b'*') => self.comments += 1,
            (b'*', b'/') => {
                self.comments = self.comments.saturating_sub(1);
                self.last = 0;
            }
            _ if self.comments > 0 => {}
            (_, b'"') => self.quoted = true,
            (_, b'(' | b'[' | b'{') => self.brackets += 1,
            (_, b')' | b']' | b'}') => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
    }
}

fn term(text: &str) -> Term {
    let (text, names) = without_comments(text);
    // What was there before the call; after it follows behind the arrow.
    let text = match top_level(&text, " => ") {
        Some(at) => text[..at].trim().to_owned(),
        None => text.trim().to_owned(),
    };
    let (key, text) = match text.split_once('=') {
        Some((key, value)) if is_word(key) => (Some(key.to_owned()), value),
        _ => (None, &*text),
    };
    Term {
        key,
        value: value(text.trim()),
        names,
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn top_level(text: &str, wanted: &str) -> Option<usize> {
    let mut scan = Scan::default();
    text.bytes().enumerate().find_map(|(at, byte)| {
        let is_there = scan.is_top() && text.as_bytes()[at..].starts_with(wanted.as_bytes());
        scan.step(byte);
        is_there.then_some(at)
    })
}

/// The text without the comments that are in none of its brackets, and those.
fn without_comments(text: &str) -> (String, Vec<String>) {
    let mut scan = Scan::default();
    let (mut rest, mut comment, mut comments) = (Vec::new(), Vec::new(), Vec::new());
    for byte in text.bytes() {
        let before = scan.comments;
        scan.step(byte);
        if scan.brackets > 0 {
            rest.push(byte);
            continue;
        }
        match (before, scan.comments) {
            (0, 0) => rest.push(byte),
            (0, _) => {
                // The slash was taken for text.
                rest.pop();
                comment.clear();
            }
            (_, 0) => {
                comment.pop();
                comments.push(String::from_utf8_lossy(&comment).trim().to_owned());
            }
            _ => comment.push(byte),
        }
    }
    (String::from_utf8_lossy(&rest).into_owned(), comments)
}

fn value(text: &str) -> Value {
    let other = || Value::Other(text.to_owned());
    let inner = |open: char, close: char| text.strip_prefix(open)?.strip_suffix(close);
    if let Some(inner) = inner('{', '}') {
        return Value::Struct(pieces(inner, b',').into_iter().map(term).collect());
    }
    if let Some(inner) = inner('[', ']') {
        return Value::List(pieces(inner, b',').into_iter().map(term).collect());
    }
    // The name of a socket that is in no file system begins with a zero.
    if let Some(quoted) = text.strip_prefix('@') {
        let text = unquoted(quoted).map(|bytes| [&[0], &*bytes].concat());
        return text.map_or_else(other, Value::Text);
    }
    if text.starts_with('"') {
        return unquoted(text).map_or_else(other, Value::Text);
    }
    let numbers: Option<Vec<i128>> = text.split('|').map(|part| number(part.trim())).collect();
    match numbers {
        Some(numbers) => Value::Number(numbers.into_iter().fold(0, |all, one| all | one)),
        None => other(),
    }
}

/// NULL, decimal, `0x` and hexadecimal, or `0` and octal.
fn number(text: &str) -> Option<i128> {
    let radix = |digits: &str, radix| i128::from_str_radix(digits, radix).ok();
    match text {
        "NULL" => Some(0),
        _ if text.starts_with("0x") => radix(&text[2..], 16),
        _ if text.len() > 1 && text.starts_with('0') => radix(&text[1..], 8),
        _ => text.parse().ok(),
    }
}

/// The bytes of a text in quotes; `None` if it was cut.
fn unquoted(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix('"')?.strip_suffix('"')?.as_bytes();
    let mut bytes = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let escape = *text.get(at)?;
        at += 1;
        bytes.push(match escape {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'v' => 0x0b,
            b'f' => 0x0c,
            b'x' => {
                let digits = std::str::from_utf8(text.get(at..at + 2)?).ok()?;
                at += 2;
                u8::from_str_radix(digits, 16).ok()?
            }
            b'0'..=b'7' => {
                let digits = text[at - 1..].iter().take(3);
                let digits = digits
                    .take_while(|digit| (b'0'..=b'7').contains(digit))
                    .count();
                let octal = std::str::from_utf8(&text[at - 1..at - 1 + digits]).ok()?;
                at += digits - 1;
                u8::from_str_radix(octal, 8).ok()?
            }
            other => other,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> Call {
        calls(line).unwrap().remove(0)
    }

    fn numbers(call: &Call) -> Vec<Option<i128>> {
        let number = |term: &Term| match term.value {
            Value::Number(number) => Some(number),
            _ => None,
        };
        call.arguments.iter().map(number).collect()
    }

    #[test]
    fn numbers_have_their_names_beside_them() {
        let call = one(
            r#"openat(-100 /* AT_FDCWD */, "odd \n\"name\"\\ \303\244 \377\0011", 0x80042 /* O_RDWR|O_CREAT|O_CLOEXEC */, 0640) = 8"#,
        );
        assert_eq!(call.name, "openat");
        assert_eq!(
            numbers(&call),
            [Some(-100), None, Some(0x80042), Some(0o640)]
        );
        assert_eq!(call.arguments[0].names, ["AT_FDCWD"]);
        assert_eq!(call.arguments[2].names, ["O_RDWR|O_CREAT|O_CLOEXEC"]);
        let text = b"odd \n\"name\"\\ \xc3\xa4 \xff\x011".to_vec();
        assert_eq!(call.arguments[1].value, Value::Text(text));
        assert_eq!(call.result, Outcome::Value(8));
    }

    #[test]
    fn parts_of_one_number_are_put_together() {
        let call = one(
            "socket(0x2 /* AF_INET */, 0x1 /* SOCK_STREAM */|0x80000 /* SOCK_CLOEXEC */, 0x6 /* IPPROTO_TCP */) = 3",
        );
        assert_eq!(numbers(&call), [Some(2), Some(0x80001), Some(6)]);
        assert_eq!(call.arguments[1].names, ["SOCK_STREAM", "SOCK_CLOEXEC"]);
    }

    #[test]
    fn structs_have_members_and_lists_items() {
        let call = one(
            r#"bind(3, {sa_family=0x2 /* AF_INET */, sin_port="\x22\xe5" /* htons(8933) */, sin_addr="\x7f\x00\x00\x01" /* inet_addr("127.0.0.1") */}, 16) = -1 EBADF (Bad file descriptor)"#,
        );
        let address = &call.arguments[1].value;
        assert_eq!(address.member("sa_family").unwrap().names, ["AF_INET"]);
        let port = &address.member("sin_port").unwrap().value;
        assert_eq!(*port, Value::Text(vec![0x22, 0xe5]));
        assert_eq!(call.result, Outcome::Value(-9));
        let call = one(
            r#"utimensat(-100 /* AT_FDCWD */, "text", [{tv_sec=7, tv_nsec=8} /* 1970-01-01T00:00:07.000000008+0000 */, {tv_sec=9, tv_nsec=1073741823} /* UTIME_NOW */], 0) = 0"#,
        );
        let Value::List(times) = &call.arguments[2].value else {
            panic!("{call:?}");
        };
        assert_eq!(times.len(), 2);
        let nanoseconds = &times[1].value.member("tv_nsec").unwrap().value;
        assert_eq!(*nanoseconds, Value::Number(1_073_741_823));
        let call = one(r#"execve("/bin/true", ["true", "a, b)"], []) = 0"#);
        let Value::List(words) = &call.arguments[1].value else {
            panic!("{call:?}");
        };
        assert_eq!(words[1].value, Value::Text(b"a, b)".to_vec()));
        assert_eq!(call.arguments[2].value, Value::List(Vec::new()));
    }

    #[test]
    fn what_strace_writes_in_its_own_form_is_kept_as_it_is() {
        let call = one("rt_sigprocmask(0 /* SIG_BLOCK */, ~[33 /* RT_1 */], NULL, 8) = 0");
        assert_eq!(numbers(&call), [Some(0), None, Some(0), Some(8)]);
        let call = one(
            "socket(0x11 /* AF_PACKET */, 0x3 /* SOCK_RAW */, htons(0x3 /* ETH_P_ALL */)) = 15",
        );
        assert!(
            matches!(&call.arguments[2].value, Value::Other(text) if text.starts_with("htons("))
        );
        let call = one(
            r#"memfd_create("", 0x8000 /* 0x8000 /* MFD_??? */ */) = -1 EINVAL (Invalid argument)"#,
        );
        assert_eq!(numbers(&call), [None, Some(0x8000)]);
        let call = one(r#"write(1, "cut"..., 9) = 9"#);
        assert!(matches!(call.arguments[1].value, Value::Other(_)));
        let call = one(r#"sendfile(11, 9, [2] => [7], 5) = 5"#);
        let two = Term {
            key: None,
            value: Value::Number(2),
            names: Vec::new(),
        };
        assert_eq!(call.arguments[2].value, Value::List(vec![two]));
        let call = one(r#"bind(13, {sa_family=0x1 /* AF_UNIX */, sun_path=@"hidden"}, 9) = 0"#);
        let path = &call.arguments[1].value.member("sun_path").unwrap().value;
        assert_eq!(*path, Value::Text(b"\0hidden".to_vec()));
        let call = one("clone(child_stack=NULL, flags=17 /* SIGCHLD */) = 2086");
        assert_eq!(call.arguments[1].key.as_deref(), Some("flags"));
    }

    #[test]
    fn results_are_numbers_errors_or_nothing() {
        for (line, result) in [
            ("getpid() = 7", Outcome::Value(7)),
            ("brk(NULL)    = 0x55d0", Outcome::Value(0x55d0)),
            ("poll([], 0, 1) = 0 (Timeout)", Outcome::Value(0)),
            ("umask(01022)  = 027", Outcome::Value(0o27)),
            (
                "fcntl(9, 0x3 /* F_GETFL */) = 0x8002 (flags O_RDWR|O_LARGEFILE)",
                Outcome::Value(0x8002),
            ),
            ("exit_group(1) = ?", Outcome::Never),
            (
                "pause() = ? ERESTARTNOHAND (To be restarted if no handler)",
                Outcome::Value(-514),
            ),
            (
                "modify_ldt(77, NULL, 0) = 4294967258 ENOSYS (Function not implemented)",
                Outcome::Value(4_294_967_258),
            ),
        ] {
            assert_eq!(one(line).result, result, "{line}");
        }
    }

    #[test]
    fn signals_and_ends_are_no_calls_and_the_rest_is_refused() {
        let none = "+++ exited with 0 +++\n--- SIGALRM {si_signo=14 /* SIGALRM */} ---\n";
        assert_eq!(calls(none).unwrap(), []);
        for line in [
            "strace: what",
            "read(3",
            "read(3) = ",
            "read(3) = -1 ENOSUCH (x)",
            "read(3, \"a) = 1",
        ] {
            assert!(calls(line).is_err(), "{line}");
        }
    }
}
