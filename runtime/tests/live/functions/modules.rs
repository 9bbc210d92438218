//! Modules of the kernel, and what they make when they begin. Only guests have modules to load: elsewhere these
//! tests say so and end.

use std::os::unix::fs::MetadataExt;

use super::Is::{Int, List, Text, There};
use super::acts::folder;
use super::module_acts::{file, folder_of_modules};
use super::{bytes, check, int, text, traces_functions, watch};
use crate::watch::{need_live, only_kprobes};

/// Whether there are modules to load.
fn has_modules() -> bool {
    let there = folder_of_modules().exists();
    if !there {
        eprintln!("skipped: {} is not there", folder_of_modules().display());
    }
    there
}

/// What a module's file says of itself: `KEY=VALUE`, each ended by NUL.
fn said_by(module: &str, key: &str) -> Option<Vec<u8>> {
    let bytes = std::fs::read(file(module)).unwrap();
    let begin = [b"\0", key.as_bytes(), b"="].concat();
    let at = bytes.windows(begin.len()).position(|part| part == begin)?;
    let value = &bytes[at + begin.len()..];
    Some(value.split(|byte| *byte == 0).next().unwrap().to_vec())
}

#[test]
fn modules() {
    need_live!();
    if !traces_functions() || !has_modules() {
        return;
    }
    let events = ["module_load", "module_free", "do_init_module"];
    let (records, home) = watch("functions-modules", &events);
    for event in events {
        let dummy = records
            .of(event)
            .into_iter()
            .find(|record| text(record, event, "name") == Some(b"dummy"));
        let dummy = dummy.unwrap_or_else(|| panic!("{event} says nothing of dummy"));
        for (name, key) in [("version", "version"), ("src_version", "srcversion")] {
            let said = said_by("dummy", key);
            assert_eq!(text(&dummy, event, name), said.as_deref(), "{event}: {key}");
        }
        assert_eq!(folder(dummy.header().host_pid), home, "{event}");
    }
    let event = "module_load";
    let of_file = records.one(event, 3, bytes(&file("dummy")));
    let inode = std::fs::metadata(file("dummy")).unwrap().ino();
    assert_eq!(int(&of_file, event, "inode"), Some(inode.into()));
    assert!(int(&of_file, event, "dev").is_some() && int(&of_file, event, "ctime").is_some());
    // From memory.
    let event_of = |event: &'static str, name: &'static [u8]| {
        let all = records.of(event).into_iter();
        all.filter(move |record| text(record, event, "name") == Some(name))
    };
    let llc = event_of("module_load", b"llc").next().unwrap();
    assert_eq!(text(&llc, "module_load", "pathname"), None);
    assert_eq!(int(&llc, "module_load", "inode"), None);

    // What does not begin is gone; a kprobe is there before.
    let all = records.of("do_init_module");
    let failed: Vec<_> = all
        .iter()
        .filter(|record| record.retval() != Some(0))
        .collect();
    let begun = if only_kprobes() {
        assert_eq!(failed.len(), all.len());
        2
    } else {
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].retval(), Some(-i64::from(libc::EINVAL)));
        assert_eq!(text(failed[0], "do_init_module", "name"), None);
        1
    };
    assert_eq!(event_of("module_load", b"loop").count(), 2);
    assert_eq!(event_of("module_free", b"loop").count(), 2);
    assert_eq!(event_of("do_init_module", b"loop").count(), begun);
}

#[test]
fn what_modules_make() {
    if !has_modules() {
        return;
    }
    const MSR: i128 = 202;
    check(
        "functions-modules",
        &[
            (
                "call_usermodehelper",
                None,
                &[
                    ("pathname", Text("/sbin/bridge-stp")),
                    ("argv", List(&["/sbin/bridge-stp", "tracee-br", "start"])),
                    ("envp", There),
                    ("wait", Int(2)),
                ],
            ),
            (
                "register_chrdev",
                Some(0),
                &[
                    ("requested_major_number", Int(MSR)),
                    ("granted_major_number", Int(MSR)),
                    ("char_device_name", Text("cpu/msr")),
                    ("char_device_fops", There),
                ],
            ),
            (
                "proc_create",
                None,
                &[("name", Text("pgctrl")), ("proc_ops_addr", There)],
            ),
            (
                "debugfs_create_dir",
                None,
                &[("name", Text("loop0")), ("path", Text("/block"))],
            ),
            (
                "debugfs_create_file",
                None,
                &[
                    ("file_name", Text("state")),
                    ("path", Text("/block/loop0")),
                    ("mode", Int(0o600)),
                    ("proc_ops_addr", There),
                ],
            ),
        ],
    );
}
