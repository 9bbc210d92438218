//! Programs of BPF that are attached, and files that change because somebody writes to them.

use super::Is::{Absent, Int, Path as File, Text, There};
use super::attach_acts::has_links;
use super::{bytes, check, int, text, traces_functions, watch};
use crate::watch::need_live;

#[test]
fn attached_programs() {
    check(
        "functions-attaching",
        &[
            (
                "bpf_attach",
                Some(0),
                &[
                    ("prog_type", Int(2)),
                    ("prog_name", Text("traceekp")),
                    ("prog_id", There),
                    ("symbol_name", Text("vfs_fsync")),
                    ("symbol_addr", There),
                    ("attach_type", Int(2)),
                ],
            ),
            (
                "bpf_attach",
                Some(0),
                &[("symbol_name", Text("vfs_fsync")), ("attach_type", Int(3))],
            ),
            (
                "bpf_attach",
                Some(0),
                &[
                    ("prog_name", Text("traceekp")),
                    ("symbol_name", File("library")),
                    ("symbol_addr", Int(64)),
                    ("attach_type", Int(4)),
                ],
            ),
            (
                "bpf_attach",
                Some(0),
                &[("symbol_name", File("library")), ("attach_type", Int(5))],
            ),
            (
                "bpf_attach",
                Some(0),
                &[
                    ("prog_type", Int(5)),
                    ("prog_name", Text("traceetp")),
                    ("symbol_name", Text("sched_process_exit")),
                    ("symbol_addr", Absent),
                    ("attach_type", Int(1)),
                ],
            ),
            (
                "bpf_attach",
                None,
                &[
                    ("prog_type", Int(17)),
                    ("prog_name", Text("traceert")),
                    ("symbol_name", Text("sched_process_fork")),
                    ("attach_type", Int(0)),
                ],
            ),
        ],
    );
}

#[test]
fn linked_programs() {
    if !has_links() {
        return;
    }
    check(
        "functions-linking",
        &[(
            "bpf_attach",
            None,
            &[
                ("prog_type", Int(5)),
                ("prog_name", Text("traceeln")),
                ("symbol_name", Text("sched_process_exec")),
                ("attach_type", Int(1)),
            ],
        )],
    );
}

/// A file is written to twice, so far from each other that the kernel's clock ticks between.
#[test]
fn modifications() {
    need_live!();
    if !traces_functions() {
        return;
    }
    let event = "file_modification";
    let (records, home) = watch("functions-modifications", &[event]);
    let path = home.join("modified");
    let all = records.of(event).into_iter();
    let all: Vec<_> = all
        .filter(|record| text(record, event, "file_path") == Some(bytes(&path)))
        .collect();
    let times: Vec<_> = all
        .iter()
        .map(|record| {
            let time = |name| int(record, event, name).unwrap();
            (time("old_ctime"), time("new_ctime"))
        })
        .collect();
    let [.., (before, first), (second, last)] = times[..] else {
        panic!("{times:?}");
    };
    assert!(
        before < first && first == second && second < last,
        "{times:?}"
    );
    for record in &all {
        assert!(int(record, event, "inode").is_some() && int(record, event, "dev").is_some());
    }
    // What only reads changes nothing.
    assert!(times.len() <= 3, "{times:?}");
}
