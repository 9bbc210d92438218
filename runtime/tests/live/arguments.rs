//! Arguments of syscalls: every kind, byte by byte.

use tracee_ebpf::abi;
use tracee_lang::value::Value;

use crate::tables::everything;
use crate::watch::{Records, event_id, need_live, watch};

const ENOENT: i64 = -2;
const EFAULT: i64 = -14;
const EBADF: i64 = -9;

#[test]
fn paths_and_return_values() {
    need_live!();
    let records = watch("files", &everything(&["openat"]));
    let null = records.one("openat", 1, b"/dev/null");
    assert_eq!(null.int(0), Some(libc::AT_FDCWD.into()));
    assert_eq!(null.int(2), Some((libc::O_RDWR | libc::O_CLOEXEC).into()));
    assert_eq!(null.int(3), Some(0o640));
    assert!(null.retval().unwrap() > 2);
    assert_eq!(null.header().syscall, 257);
    assert_eq!(
        null.header().flags,
        abi::RECORD_RETVAL | abi::RECORD_SELECTED
    );

    let name = records.one("openat", 1, b"/nowhere/\xff\xfe n\xc3\xa4me");
    assert_eq!(name.retval(), Some(ENOENT));
    assert_eq!(name.header().selectors, [1, 0, 0, 0]);
}

#[test]
fn strings_that_cannot_be_read_are_absent() {
    need_live!();
    let records = watch("files", &everything(&["openat"]));
    for flags in [0x7001, 0x7002] {
        let opens = records.of("openat");
        let of_flags = opens.iter().filter(|open| open.int(2) == Some(flags));
        let [open] = of_flags.collect::<Vec<_>>()[..] else {
            panic!("not one openat with flags {flags:#x}");
        };
        assert_eq!(open.value(1), Value::Absent);
        assert_eq!(open.retval(), Some(EFAULT));
    }
}

#[test]
fn strings_are_cut_after_the_longest() {
    need_live!();
    let records = watch("lengths", &everything(&["openat"]));
    let opens = records.of("openat");
    let xs = opens
        .iter()
        .filter(|open| open.bytes(1).is_some_and(|path| path.starts_with(b"x")));
    let found: Vec<_> = xs
        .map(|open| (open.bytes(1).unwrap().len(), open.truncated(1)))
        .collect();
    let expected = [
        (1, false),
        (4095, false),
        (4096, false),
        (4096, true),
        (4096, true),
    ];
    assert_eq!(found, expected);
}

#[test]
fn integers_have_their_width_and_sign() {
    need_live!();
    let tables = everything(&["dup2", "dup3", "kill", "openat2", "mprotect"]);
    let records = watch("integers", &tables);
    let ints = |event: &str, slots: u16, first: i128| {
        let all = records.of(event);
        let record = all
            .iter()
            .find(|record| record.int(0) == Some(first))
            .unwrap();
        (
            (0..slots)
                .map(|slot| record.int(slot).unwrap())
                .collect::<Vec<_>>(),
            record.retval().unwrap(),
        )
    };
    assert_eq!(ints("dup2", 2, 300_001), (vec![300_001, -1], EBADF));
    assert_eq!(ints("dup3", 3, 5), (vec![5, -7, 0o2000000], EBADF));
    let all = records.of("kill");
    assert!(
        all.iter()
            .any(|kill| kill.int(1) == Some(0) && kill.retval() == Some(0))
    );
    assert_eq!(
        ints("mprotect", 2, 0x7fff_ffff_f000).0[1],
        i128::from(i64::MAX)
    );

    let open = records.one("openat2", 1, b"/nowhere/openat2");
    let how: Vec<_> = (2..5).map(|slot| open.int(slot)).collect();
    assert_eq!(how, [Some(0o2000000), Some(0), Some(0x08)]);
    assert_eq!(open.int(5), Some(24));
}

#[test]
fn socket_addresses() {
    need_live!();
    let records = watch("sockets", &everything(&["connect"]));
    let connects = records.of("connect");
    let addresses: Vec<_> = connects
        .iter()
        .filter(|connect| connect.int(0) == Some(-1))
        .map(|connect| {
            assert_eq!(connect.retval(), Some(EBADF));
            (
                connect.int(1),
                connect.int(2),
                connect.bytes(3),
                connect.bytes(4),
            )
        })
        .collect();
    let (inet, inet6): (&[u8], Vec<u8>) = (&[127, 1, 2, 3], (1..=16).collect());
    let long = [b'p'; 108];
    let expected = [
        (Some(2), Some(8080), Some(inet), None),
        (Some(10), Some(443), Some(&inet6[..]), None),
        (Some(1), None, None, Some(&b"/run/some.sock"[..])),
        (Some(1), None, None, Some(&b"@abstract\0name"[..])),
        (Some(1), None, None, None),
        (Some(1), None, None, Some(&long[..])),
        (Some(16), None, None, None),
        (Some(2), None, None, None),
        (None, None, None, None),
    ];
    assert_eq!(addresses, expected);
}

#[test]
fn callers_of_32_bits_are_the_same_event() {
    need_live!();
    let records = watch("compat", &everything(&["openat", "execve"]));
    let open = records.one("openat", 1, b"/nowhere/compat");
    assert!(open.has(abi::RECORD_COMPAT));
    assert_eq!(open.int(0), Some(libc::AT_FDCWD.into()));
    assert_eq!(open.int(2), Some(i128::from(0x8000_0001_u32.cast_signed())));
    assert_eq!(open.retval(), Some(ENOENT));
    assert_eq!(open.header().syscall, 257);

    let exec = records.one("execve", 0, b"/nowhere/execve");
    assert!(exec.has(abi::RECORD_COMPAT));
    assert_eq!(
        list(&records, "execve", b"/nowhere/execve", 1),
        [&b"first"[..], b"", b"third"]
    );
    assert_eq!(exec.list(2).unwrap().count(), 0);
    assert_eq!(exec.retval(), Some(ENOENT));
}

fn list(records: &Records, event: &str, path: &[u8], slot: u16) -> Vec<Vec<u8>> {
    let record = records.one(event, 0, path);
    record.list(slot).unwrap().map(<[u8]>::to_vec).collect()
}

#[test]
fn lists_of_a_call_that_fails() {
    need_live!();
    let records = watch("exec-fails", &everything(&["execve"]));
    let path = b"/nowhere/program";
    let exec = records.one("execve", 0, path);
    assert_eq!(
        list(&records, "execve", path, 1),
        [&b"zero"[..], b"", b"two words"]
    );
    assert_eq!(list(&records, "execve", path, 2), [b"A=b"]);
    assert_eq!(exec.retval(), Some(ENOENT));
    assert_eq!(exec.header().truncated, 0);

    let null = records.one("execve", 0, b"/nowhere/null");
    assert_eq!(null.value(1), Value::Absent);
    assert_eq!(null.value(2), Value::Absent);
}

#[test]
fn lists_are_cut_after_the_largest() {
    need_live!();
    let records = watch("long-lists", &everything(&["execve"]));
    // Items of one byte take eight.
    let many = list(&records, "execve", b"/nowhere/many", 1);
    assert_eq!(many.len(), abi::MAX_LIST / 8);
    assert!(many.iter().all(|item| item == b"a"));
    assert!(records.one("execve", 0, b"/nowhere/many").truncated(1));

    let long = list(&records, "execve", b"/nowhere/long", 1);
    assert_eq!(long.len(), 2);
    assert_eq!(long[0], b"short");
    // What is left of the list after "short" (its length, and padding) and the length.
    assert_eq!(long[1], vec![b'b'; abi::MAX_LIST - 12 - 4]);
    let record = records.one("execve", 0, b"/nowhere/long");
    assert!(record.truncated(1));
    assert!(!record.truncated(2));
    assert_eq!(list(&records, "execve", b"/nowhere/long", 2), [b"E=1"]);

    let just = list(&records, "execve", b"/nowhere/just", 1);
    assert_eq!(just, [vec![b'c'; abi::MAX_LIST - 4]]);
    let record = records.one("execve", 0, b"/nowhere/just");
    assert!(!record.truncated(1));
    // The path has taken 16 bytes of the tail: the second list doesn't fit whole.
    assert!(record.truncated(2));
    assert_eq!(
        record.as_bytes().len(),
        abi::SLOTS_OFFSET + 3 * 8 + abi::MAX_TAIL
    );
}

#[test]
fn only_wanted_events_come() {
    need_live!();
    let records = watch("files", &everything(&["dup2"]));
    let wanted = event_id("dup2");
    assert!(records.all().all(|record| record.event() == wanted));
}
