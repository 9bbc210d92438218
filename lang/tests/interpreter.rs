//! What conditions mean, as a table: a condition, an event, and whether it matches.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::HashMap;

use tracee_lang::check::check;
use tracee_lang::context::{ContextField, FIELDS, ProcessField};
use tracee_lang::diagnostics::has_errors;
use tracee_lang::interpreter::matches;
use tracee_lang::schema::Event;
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib;
use tracee_lang::value::{EventView, Value};

/// A value of a test event.
#[derive(Clone)]
enum Given {
    Int(i128),
    Text(&'static [u8]),
    List(&'static [&'static [u8]]),
    /// Bytes that were cut.
    Cut(&'static [u8]),
}

use Given::{Cut, Int, List, Text};

/// An event by the paths of its fields. Ancestors are `ancestor0.pid` (the process itself), ….
struct TestEvent {
    event: &'static Event,
    fields: HashMap<&'static str, Given>,
}

impl TestEvent {
    fn value(&self, path: &str) -> Value<'_> {
        match self.fields.get(path) {
            None => Value::Absent,
            Some(Int(int)) => Value::Int(*int),
            Some(Text(text) | Cut(text)) => Value::bytes(text),
            Some(List(list)) => Value::List(list.to_vec()),
        }
    }
}

impl EventView for TestEvent {
    fn slot(&self, slot: u16) -> Value<'_> {
        self.value(&self.event.slots[usize::from(slot)].path)
    }

    fn truncated(&self, slot: u16) -> bool {
        matches!(
            self.fields.get(&*self.event.slots[usize::from(slot)].path),
            Some(Cut(_))
        )
    }

    fn context(&self, field: ContextField) -> Value<'_> {
        self.value(FIELDS.iter().find(|info| info.field == field).unwrap().path)
    }

    fn ancestor(&self, depth: usize, field: ProcessField) -> Option<Value<'_>> {
        let known = format!("ancestor{depth}.pid");
        self.fields.contains_key(&*known).then(|| {
            let name = format!("{field:?}").to_lowercase();
            self.value(&format!("ancestor{depth}.{name}"))
        })
    }
}

type Fields = &'static [(&'static str, Given)];

/// (event, condition, fields, whether it matches)
type Case = (&'static str, &'static str, Fields, bool);

fn run(cases: &[Case]) {
    for (event, condition, fields, expected) in cases {
        let mut map = SourceMap::default();
        let file = map.add(
            "test.tp",
            format!("policy p {{ select {event} where {condition}; }}"),
        );
        let checked = check(&map, &[file]);
        assert!(!has_errors(&checked.diagnostics), "{condition}");
        let select = &checked.policies.policies[0].selects[0];
        let event = TestEvent {
            event: stdlib::schema().event_named(event).unwrap(),
            fields: fields.iter().cloned().collect(),
        };
        let found = matches(select.condition.as_ref().unwrap(), &event);
        assert_eq!(found, *expected, "{condition}");
    }
}

/// (exceptions of a rule on everything, fields of an `open`, whether the rule matches)
type Excepted = (&'static [&'static str], Fields, bool);

#[test]
#[rustfmt::skip] // one case a line
fn what_is_excepted_does_not_match() {
    let cases: &[Excepted] = &[
        (&[r#"pathname == "a""#], &[("pathname", Text(b"a"))], false),
        (&[r#"pathname == "a""#], &[("pathname", Text(b"b"))], true),
        (&[r#"pathname == "a""#, "retval < 0"], &[("pathname", Text(b"b")), ("retval", Int(-1))], false),
        (&[r#"pathname == "a" and retval < 0"#], &[("pathname", Text(b"a")), ("retval", Int(1))], true),
        // What is absent is not excepted by a comparison.
        (&[r#"pathname == "a""#], &[], true),
        (&[r#"pathname == "a" or retval < 0"#], &[], true),
        (&[r#"proc.exe under "/opt""#], &[], true),
        (&["pathname exists"], &[], true),
        // `!=` is `not (==)`, which holds then.
        (&[r#"pathname != "a""#], &[], false),
        (&["not pathname exists"], &[], false),
    ];
    for (exceptions, fields, expected) in cases {
        let clause = |one: &&str| format!("except reason \"r\" where {one};");
        let clauses: String = exceptions.iter().map(clause).collect();
        let mut map = SourceMap::default();
        let file = map.add("test.tp", format!("policy p {{ rule r {{ on open; {clauses} }} }}"));
        let checked = check(&map, &[file]);
        assert!(!has_errors(&checked.diagnostics), "{exceptions:?}");
        let on = &checked.policies.policies[0].rules[0].on[0];
        let event = TestEvent {
            event: stdlib::schema().event_named("open").unwrap(),
            fields: fields.iter().cloned().collect(),
        };
        let found = matches(on.condition.as_ref().unwrap(), &event);
        assert_eq!(found, *expected, "{exceptions:?}");
    }
}

#[test]
#[rustfmt::skip] // one case a line
fn absent_values_make_atoms_false() {
    run(&[
        ("open", r#"pathname == "a""#, &[], false),
        ("open", r#"pathname != "a""#, &[], true),
        ("open", r#"not pathname == "a""#, &[], true),
        ("open", r#"pathname in ["a"]"#, &[], false),
        ("open", r#"pathname not in ["a"]"#, &[], true),
        ("open", r#"pathname prefix """#, &[], false),
        ("open", "mode >= 0", &[], false),
        ("open", "mode < 0x10 or mode >= 0x10", &[], false),
        ("open", "mode in 0..65535", &[], false),
        ("open", "flags has O_RDONLY", &[], false),
        ("open", "pathname exists", &[], false),
        ("open", "not pathname exists", &[], true),
        ("open", "truncated(pathname)", &[], false),
        ("ptrace", "pid == proc.pid", &[("pid", Int(1))], false),
        ("ptrace", "pid != proc.pid", &[("pid", Int(1))], true),
        ("open", "retval < 0", &[], false),
        ("sched_process_exit", "process_group_exit", &[], false),
        ("sched_process_exit", "process_group_exit == false", &[], false),
        ("execve", "any a in argv { true }", &[], false),
        ("execve", "all a in argv { true }", &[], false),
        ("execve", "not all a in argv { true }", &[], true),
        ("execve", "all p in proc.ancestors { true }", &[], false),
    ]);
}

#[test]
#[rustfmt::skip] // one case a line
fn integers_compare_by_value() {
    run(&[
        ("kill", "pid == -1", &[("pid", Int(-1))], true),
        ("kill", "pid < 0", &[("pid", Int(-1))], true),
        ("kill", "0 > pid", &[("pid", Int(-1))], true),
        ("kill", "pid <= -1 and pid >= -1", &[("pid", Int(-1))], true),
        ("kill", "sig == SIGKILL", &[("sig", Int(9))], true),
        ("kill", "sig == 9", &[("sig", Int(9))], true),
        ("kill", "sig in [SIGTERM, 9]", &[("sig", Int(9))], true),
        ("kill", "sig in 32..64", &[("sig", Int(64))], true),
        ("kill", "sig in 32..64", &[("sig", Int(65))], false),
        ("kill", "sig in [1..3, 5..7, 4]", &[("sig", Int(4))], true),
        ("kill", "sig not in [1..3, 5]", &[("sig", Int(4))], true),
        ("kill", "pid == proc.pid", &[("pid", Int(4)), ("proc.pid", Int(4))], true),
        ("mprotect", "addr > 0xffffffff00000000", &[("addr", Int(0xffff_ffff_8000_0000))], true),
        ("connect", "addr.port in 1..1023", &[("addr.port", Int(80))], true),
        ("connect", "addr exists", &[("addr.port", Int(80))], true),
        ("connect", "addr exists", &[("sockfd", Int(80))], false),
        ("sched_process_exit", "process_group_exit", &[("process_group_exit", Int(1))], true),
        ("sched_process_exit", "process_group_exit == true", &[("process_group_exit", Int(0))], false),
        ("open", "retval == -13", &[("retval", Int(-13))], true),
    ]);
}

#[test]
#[rustfmt::skip] // one case a line
fn flags_are_bits_under_a_mask() {
    run(&[
        // O_RDONLY is 0: it is there when neither of the access mode's bits is.
        ("open", "flags has O_RDONLY", &[("flags", Int(0x8000))], true),
        ("open", "flags has O_RDONLY", &[("flags", Int(1))], false),
        ("open", "flags has any [O_WRONLY, O_RDWR]", &[("flags", Int(0x42))], true),
        ("open", "flags has any [O_WRONLY, O_RDWR]", &[("flags", Int(0x40))], false),
        ("open", "flags has all [O_CREAT, O_TRUNC]", &[("flags", Int(0x241))], true),
        ("open", "flags has all [O_CREAT, O_TRUNC]", &[("flags", Int(0x41))], false),
        ("open", "flags has 0x240", &[("flags", Int(0x40))], false),
        ("open", "flags == O_CREAT", &[("flags", Int(0x41))], false),
        ("open", "flags == O_CREAT", &[("flags", Int(0x40))], true),
        ("open", "flags has O_TMPFILE", &[("flags", Int(0x10000))], false),
        // The sign bit of an i32 that was widened.
        ("open", "flags has O_CREAT", &[("flags", Int(-1))], true),
        ("memfd_create", "flags has MFD_HUGE_16GB", &[("flags", Int(0x8800_0004))], true),
        ("socket", "type has SOCK_DGRAM", &[("type", Int(0x80803))], false),
        ("socket", "type has SOCK_RAW", &[("type", Int(0x80803))], true),
    ]);
}

#[test]
#[rustfmt::skip] // one case a line
fn strings_compare_by_bytes() {
    run(&[
        ("open", r#"pathname == "/a""#, &[("pathname", Text(b"/a"))], true),
        ("open", r#"pathname == "/a""#, &[("pathname", Text(b"/a/"))], false),
        ("open", r#"pathname != "/a""#, &[("pathname", Text(b"/b"))], true),
        ("open", r#"pathname in ["/b", "/a"]"#, &[("pathname", Text(b"/a"))], true),
        ("open", r#"pathname prefix "/etc""#, &[("pathname", Text(b"/etcetera"))], true),
        ("open", r#"pathname prefix "/etc/""#, &[("pathname", Text(b"/etc"))], false),
        ("open", r#"pathname suffix [".so", ".ko"]"#, &[("pathname", Text(b"x.ko"))], true),
        ("open", r#"pathname suffix "x.ko""#, &[("pathname", Text(b".ko"))], false),
        ("open", r#"pathname contains "b""#, &[("pathname", Text(b"abc"))], true),
        ("open", r#"pathname contains """#, &[("pathname", Text(b""))], true),
        ("open", r#"pathname prefix "" and pathname suffix """#, &[("pathname", Text(b""))], true),
        ("open", r#"pathname contains "abc""#, &[("pathname", Text(b"ab"))], false),
        ("open", r#"pathname prefix~ "/ETC""#, &[("pathname", Text(b"/etc/x"))], true),
        ("open", r#"pathname ==~ "/ETC""#, &[("pathname", Text(b"/EtC"))], true),
        ("open", r#"pathname !=~ "/ETC""#, &[("pathname", Text(b"/EtC"))], false),
        ("open", r#"pathname in~ ["/ETC"]"#, &[("pathname", Text(b"/EtC"))], true),
        ("open", r#"pathname contains~ "B""#, &[("pathname", Text(b"abc"))], true),
        ("open", r#"pathname suffix~ "C""#, &[("pathname", Text(b"abc"))], true),
        // Only the 26 ASCII letters.
        ("open", r#"pathname ==~ "É""#, &[("pathname", Text(b"\xc3\xa9"))], false),
        ("open", r#"pathname == "\xff""#, &[("pathname", Text(b"\xff"))], true),
        ("open", r#"pathname contains "[""#, &[("pathname", Text(b"a[b"))], true),
        ("open", "truncated(pathname)", &[("pathname", Cut(b"ab"))], true),
        ("open", r#"pathname == "ab""#, &[("pathname", Cut(b"ab"))], true),
        ("rename", "oldpath == newpath", &[("oldpath", Text(b"a")), ("newpath", Text(b"a"))], true),
        ("rename", "oldpath == newpath", &[("oldpath", Text(b"a")), ("newpath", Text(b"b"))], false),
        ("connect", "addr.ip == addr.ip", &[("addr.ip", Text(&[127, 0, 0, 1]))], true),
    ]);
}

#[test]
#[rustfmt::skip] // one case a line
fn under_is_by_components() {
    run(&[
        ("open", r#"pathname under "/etc/ssh""#, &[("pathname", Text(b"/etc/ssh"))], true),
        ("open", r#"pathname under "/etc/ssh""#, &[("pathname", Text(b"/etc/ssh/"))], true),
        ("open", r#"pathname under "/etc/ssh""#, &[("pathname", Text(b"/etc/ssh/keys/a"))], true),
        ("open", r#"pathname under "/etc/ssh""#, &[("pathname", Text(b"/etc/sshd"))], false),
        ("open", r#"pathname under "/etc/ssh""#, &[("pathname", Text(b"/etc"))], false),
        ("open", r#"pathname under "/etc/ssh""#, &[("pathname", Text(b"/x/etc/ssh"))], false),
        ("open", r#"pathname under "/etc//./ssh/""#, &[("pathname", Text(b"/etc/ssh"))], true),
        ("open", r#"pathname under "/""#, &[("pathname", Text(b"/etc"))], true),
        ("open", r#"pathname under "/""#, &[("pathname", Text(b"/"))], true),
        ("open", r#"pathname under "/""#, &[("pathname", Text(b"etc"))], false),
        ("open", r#"pathname under "/""#, &[("pathname", Text(b""))], false),
        ("open", r#"pathname under ["/root", "/etc"]"#, &[("pathname", Text(b"/etc/x"))], true),
        ("open", r#"pathname under~ "/ETC""#, &[("pathname", Text(b"/etc/x"))], true),
        ("open", r#"pathname under "build""#, &[("pathname", Text(b"build/x"))], true),
        ("open", r#"pathname under "/etc""#, &[("pathname", Cut(b"/etc/x"))], true),
        ("open", r#"pathname under "/etc""#, &[], false),
        ("open", r#"not pathname under "/etc""#, &[], true),
    ]);
}

#[test]
#[rustfmt::skip] // one case a line
fn patterns_match() {
    const ARGS: Fields = &[("argv", List(&[b"sh", b"-c", b"curl x | sh"]))];
    run(&[
        ("open", r#"pathname glob "/etc/*""#, &[("pathname", Text(b"/etc/passwd"))], true),
        ("open", r#"pathname glob "/etc/*""#, &[("pathname", Text(b"/etc/ssh/x"))], false),
        ("open", r#"pathname glob ["/x", "/etc/**"]"#, &[("pathname", Text(b"/etc/ssh/x"))], true),
        ("open", r#"pathname glob~ "/ETC/?""#, &[("pathname", Text(b"/etc/x"))], true),
        ("open", r#"pathname glob "/tmp/\\*""#, &[("pathname", Text(b"/tmp/*"))], true),
        ("open", r#"pathname glob "/tmp/\\*""#, &[("pathname", Text(b"/tmp/a"))], false),
        ("open", r#"pathname regex "^/tmp/[0-9]+$""#, &[("pathname", Text(b"/tmp/12"))], true),
        ("open", r#"pathname regex "^/tmp/[0-9]+$""#, &[("pathname", Text(b"/tmp/12a"))], false),
        ("open", r#"pathname regex ["x[0-9]", "tm[pq]"]"#, &[("pathname", Text(b"/tmp"))], true),
        ("open", r#"pathname regex~ "T[L-N]P""#, &[("pathname", Text(b"/tmp"))], true),
        ("open", r#"pathname regex "\\.so(\\.[0-9])*$""#, &[("pathname", Text(b"/a/b.so.1.2"))], true),
        ("open", r#"basename(pathname) glob "*.so""#, &[("pathname", Text(b"/a/b.so"))], true),
        // A file's name can't hide behind a line's end or bytes that are no character.
        ("open", r#"pathname regex "^/tmp/.*[.]so$""#, &[("pathname", Text(b"/tmp/\n\xff.so"))], true),
        ("open", r#"pathname glob "/tmp/*.so""#, &[("pathname", Text(b"/tmp/\n\xff.so"))], true),
        // What is there of a value that was cut; nothing of one that is absent.
        ("open", r#"pathname regex "b$""#, &[("pathname", Cut(b"ab"))], true),
        ("open", r#"pathname glob "**""#, &[], false),
        ("open", r#"not pathname regex "[a-z]""#, &[], true),
        ("execve", r#"any a in argv { a regex "(curl|wget).*\\| *(ba)?sh" }"#, ARGS, true),
        ("execve", r#"all a in argv { a glob "*[a-z]*" }"#, ARGS, true),
    ]);
}

#[test]
#[rustfmt::skip] // one case a line
fn quantifiers_ask_some_or_every_element() {
    const ARGS: Fields = &[("argv", List(&[b"sh", b"-i"])), ("envp", List(&[]))];
    const TREE: Fields = &[
        ("ancestor0.pid", Int(3)),
        ("ancestor0.comm", Text(b"sh")),
        ("ancestor1.pid", Int(2)),
        ("ancestor1.comm", Text(b"nginx")),
        ("ancestor1.uid", Int(0)),
        ("argv", List(&[b"nginx"])),
    ];
    run(&[
        ("execve", r#"any a in argv { a == "-i" }"#, ARGS, true),
        ("execve", r#"all a in argv { a == "-i" }"#, ARGS, false),
        ("execve", r#"all a in argv { a in ["-i", "sh"] }"#, ARGS, true),
        ("execve", "any e in envp { true }", ARGS, false),
        ("execve", "all e in envp { false }", ARGS, true),
        ("execve", "envp exists", ARGS, true),
        ("execve", "any a in argv { any b in argv { a != b } }", ARGS, true),
        ("execve", r#"any a in argv { all b in argv { b prefix "x" or a == "sh" } }"#, ARGS, true),
        ("execve", r#"any p in proc.ancestors { p.comm == "nginx" }"#, TREE, true),
        ("execve", r#"any p in proc.ancestors { p.comm == "nginx" and p.uid == 0 }"#, TREE, true),
        ("execve", "all p in proc.ancestors { p.uid == 0 }", TREE, false),
        ("execve", "any p in proc.ancestors { p.pid == 1 }", TREE, false),
        ("execve", "any p in proc.ancestors { any a in argv { p.comm == a } }", TREE, true),
        ("execve", "any a in argv { any p in proc.ancestors { p.comm == a } }", TREE, true),
    ]);
}

#[test]
#[rustfmt::skip] // one case a line
fn connectives_and_precedence() {
    const F: Fields = &[("oldfd", Int(1))];
    run(&[
        ("dup", "true", F, true),
        ("dup", "false or oldfd == 1", F, true),
        ("dup", "not oldfd == 1 and false or true", F, true),
        ("dup", "not (oldfd == 1 and false) and true", F, true),
        ("dup", "true or true and false", F, true),
        ("dup", "(true or true) and false", F, false),
        ("dup", "not not oldfd == 1", F, true),
        ("dup", "oldfd == 1 and not oldfd == 2 and not false", F, true),
    ]);
}

#[test]
#[rustfmt::skip] // one case a line
fn functions_give_values() {
    const F: Fields = &[
        ("pathname", Text(b"/usr/bin/Bash")),
        ("argv", List(&[b"-bash", b"-c", b"aWQ=", b""])),
        ("proc.comm", Text(b"bash")),
    ];
    run(&[
        ("execve", r#"basename(pathname) == "Bash""#, F, true),
        ("execve", r#"basename(lower(pathname)) == "bash""#, F, true),
        ("execve", r#"lower(basename(pathname)) == proc.comm"#, F, true),
        ("execve", r#"proc.comm == lower(basename(pathname))"#, F, true),
        ("execve", r#"basename(pathname) == proc.comm"#, F, false),
        ("execve", r#"dirname(dirname(pathname)) in ["/usr"]"#, F, true),
        ("execve", r#"upper(pathname) prefix ["/USR/"]"#, F, true),
        ("execve", r#"at(argv, 0) suffix proc.comm"#, F, true),
        ("execve", r#"at(argv, 4) exists"#, F, false),
        ("execve", r#"at(argv, 4) != "a""#, F, true),
        ("execve", r#"at(argv, 3) == """#, F, true),
        ("execve", r#"len(argv) == 4 and len(pathname) > 12 and len(pathname) < 14"#, F, true),
        ("execve", r#"len(argv) in [1, 4..5]"#, F, true),
        ("execve", r#"len(argv) == len(proc.comm)"#, F, true),
        ("execve", r#"join(argv) == "-bash -c aWQ= ""#, F, true),
        ("execve", r#"any a in argv { base64_decode(a) == "id" }"#, F, true),
        ("execve", r#"all a in argv { base64_decode(a) exists }"#, F, false),
        ("execve", r#"any a in argv { base64_decode(at(argv, 2)) != a }"#, F, true),
        ("execve", r#"basename(pathname) == "a""#, &[], false),
        ("execve", r#"basename(pathname) != "a""#, &[], true),
        ("execve", r#"basename(pathname) exists"#, &[], false),
        ("execve", r#"len(argv) == 0"#, &[], false),
        ("execve", r#"len(argv) == 0"#, &[("argv", List(&[]))], true),
        ("execve", r#"basename(pathname) == "ba""#, &[("pathname", Cut(b"/bin/ba"))], true),
        ("execve", r#"truncated(pathname)"#, F, false),
        ("execve", r#"truncated(pathname) == false"#, F, true),
        ("execve", r#"truncated(pathname) == false"#, &[], false),
        ("execve", r#"base64_decode(pathname) contains "\0a""#, &[("pathname", Text(b"AGE="))], true),
    ]);
}

#[test]
#[rustfmt::skip] // one case a line
fn two_values_of_an_event_compare() {
    const F: Fields = &[
        ("pathname", Text(b"/home/a/x.sh")),
        ("argv", List(&[b"x.sh", b"-I"])),
        ("proc.exe", Text(b"/home/a")),
        ("proc.comm", Text(b"x.sh")),
        ("proc.uid", Int(3)),
        ("proc.gid", Int(4)),
        ("proc.parent.uid", Int(3)),
        ("ancestor0.pid", Int(9)),
        ("ancestor0.comm", Text(b"X.SH")),
    ];
    run(&[
        ("execve", "pathname prefix proc.exe", F, true),
        ("execve", "pathname suffix proc.comm", F, true),
        ("execve", "pathname contains proc.comm", F, true),
        ("execve", "proc.comm contains pathname", F, false),
        ("execve", "pathname under proc.exe", F, true),
        ("execve", "pathname under proc.parent.exe", &[("pathname", Text(b"/ab")), ("proc.parent.exe", Text(b"/a"))], false),
        ("execve", "pathname under proc.parent.exe", &[("pathname", Text(b"/a/b")), ("proc.parent.exe", Text(b"/a//"))], true),
        ("execve", "pathname under proc.parent.exe", &[("pathname", Text(b"/ab")), ("proc.parent.exe", Text(b"//"))], true),
        ("execve", "pathname under proc.parent.exe", &[("pathname", Text(b"")), ("proc.parent.exe", Text(b""))], false),
        ("execve", r#"normalize(pathname) under ["/x", dirname(proc.exe)]"#, F, true),
        ("execve", "pathname prefix proc.parent.exe", F, false),
        ("execve", "not proc.parent.exe prefix pathname", F, true),
        ("execve", "proc.comm in argv", F, true),
        ("execve", "proc.exe in argv", F, false),
        ("execve", "proc.exe not in argv", F, true),
        ("execve", r#""-I" in argv"#, F, true),
        ("execve", r#""-i" in argv"#, F, false),
        ("execve", r#""-i" in~ argv"#, F, true),
        ("execve", r#""-I" in envp"#, F, false),
        ("execve", r#""-I" not in envp"#, F, true),
        ("execve", "basename(pathname) in argv", F, true),
        ("execve", "any p in proc.ancestors { p.comm in argv }", F, false),
        ("execve", "any p in proc.ancestors { p.comm in~ argv }", F, true),
        ("execve", "any a in argv { a in argv and a suffix~ a }", F, true),
        ("execve", "any a in argv { any p in proc.ancestors { lower(p.comm) == a } }", F, true),
        ("execve", "proc.comm !=~ proc.exe", F, true),
        ("execve", r#"proc.comm in ["a", basename(pathname)]"#, F, true),
        ("execve", r#"pathname suffix [".c", proc.comm]"#, F, true),
        ("execve", r#"pathname suffix~ [".c", upper(proc.comm)]"#, F, true),
        ("execve", r#"proc.comm in [proc.exe, proc.parent.exe]"#, F, false),
        ("execve", "proc.uid in [0, proc.parent.uid]", F, true),
        ("execve", "proc.uid not in [0, proc.parent.uid]", F, false),
        ("execve", "proc.uid in [proc.gid]", F, false),
        ("execve", "proc.uid in [0..2, proc.gid, 3]", F, true),
    ]);
}

const DUAL_STACK: &[u8] = b"\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x01";
const SIX: &[u8] = b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01";

#[test]
#[rustfmt::skip] // one case a line
fn addresses() {
    const TEN: Fields = &[("addr.ip", Text(b"\x0a\0\0\x01"))];
    const MAPPED: Fields = &[("addr.ip", Text(DUAL_STACK))];
    const DOC: Fields = &[("addr.ip", Text(SIX))];
    const NONE: Fields = &[("addr.ip", Text(b"\x0a\0\0"))];
    run(&[
        ("connect", "addr.ip == 10.0.0.1", TEN, true),
        ("connect", "addr.ip != 10.0.0.1", TEN, false),
        ("connect", "addr.ip == 10.0.0.2", TEN, false),
        ("connect", "addr.ip == ::ffff:10.0.0.1", TEN, true),
        ("connect", "addr.ip in 10.0.0.0/8", TEN, true),
        ("connect", "addr.ip in [11.0.0.0/8, 10.0.0.1..10.0.0.3]", TEN, true),
        ("connect", "addr.ip not in [11.0.0.0/8, 10.0.0.2..10.0.0.3]", TEN, true),
        ("connect", "addr.ip in 0.0.0.0/0", TEN, true),
        ("connect", "addr.ip in ::/0", TEN, false),
        ("connect", "addr.ip == addr.ip", TEN, true),
        // A dual-stack socket's IPv4 peer is an IPv4 address.
        ("connect", "addr.ip == 10.0.0.1", MAPPED, true),
        ("connect", "addr.ip in 10.0.0.0/8", MAPPED, true),
        ("connect", "addr.ip in 0.0.0.0/0", MAPPED, true),
        ("connect", "addr.ip in ::/0", MAPPED, false),
        ("connect", "addr.ip in ::ffff:0:0/96", MAPPED, true),
        ("connect", "addr.ip == 2001:db8::1", DOC, true),
        ("connect", "addr.ip in [10.0.0.0/8, 2001:db8::/32]", DOC, true),
        ("connect", "addr.ip in 2001:db8::..2001:db8::1", DOC, true),
        ("connect", "addr.ip in 0.0.0.0/0", DOC, false),
        ("connect", "addr.ip in ::/0", DOC, true),
        // What is absent, or no address, is in nothing.
        ("connect", "addr.ip in [0.0.0.0/0, ::/0]", &[], false),
        ("connect", "addr.ip not in [0.0.0.0/0, ::/0]", &[], true),
        ("connect", "addr.ip == addr.ip", &[], false),
        ("connect", "addr.ip in [0.0.0.0/0, ::/0]", NONE, false),
        ("connect", "addr.ip == addr.ip", NONE, false),
    ]);
}

#[test]
#[rustfmt::skip] // one case a line
fn times() {
    // 2026-01-01T00:00:00Z
    const AT: Fields = &[("event.time", Int(1_767_225_600_000_000_000))];
    const AFTER: Fields = &[("event.time", Int(1_767_225_600_000_000_001))];
    run(&[
        ("open", "event.time == 2026-01-01", AT, true),
        ("open", "event.time == 2026-01-01", AFTER, false),
        ("open", "event.time > 2026-01-01", AT, false),
        ("open", "event.time > 2026-01-01", AFTER, true),
        ("open", "2026-01-01T00:00:01Z > event.time", AFTER, true),
        ("open", "event.time in 2026-01-01..2026-01-01T00:00:00Z", AFTER, false),
        ("open", "event.time < 2026-01-01", &[], false),
    ]);
}
