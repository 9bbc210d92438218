//! The process tree, by scenarios (`process_tree_cases/*.txt`) and at its limits.

use std::fmt::Write as _;

use tracee_compiler::process;
use tracee_lang::context::ProcessField;
use tracee_lang::schema::Schema;
use tracee_lang::value::Value;
use tracee_runtime::process_tree::{
    Limits, ProcessTree, boot_to_epoch, proc_scan, scan_directories,
};
use tracee_runtime::record::{Layouts, Record, RecordBuilder};
use tracee_runtime::text::Shown;

use crate::support;

/// A tree that is told what a scenario's lines say.
struct Scene {
    schema: Schema,
    layouts: Layouts,
    tree: ProcessTree,
    seen: Vec<(u32, u64)>,
}

type Id = (u32, u64);

fn id(text: &str) -> (Id, u32) {
    let (process, tid) = text.split_once('/').unwrap_or((text, ""));
    let (pid, start) = process.split_once('@').unwrap();
    let pid = pid.parse().unwrap();
    ((pid, start.parse().unwrap()), tid.parse().unwrap_or(pid))
}

impl Scene {
    fn new(limits: Limits) -> Self {
        let schema = support::schema();
        let tree = ProcessTree::new(&schema, limits);
        Self {
            layouts: Layouts::new(&schema),
            schema,
            tree,
            seen: vec![],
        }
    }

    fn record(
        &mut self,
        event: &str,
        of: (Id, u32),
        parent: Id,
        fill: impl FnOnce(&mut RecordBuilder<'_>),
    ) {
        let event = self.schema.event_named(event).unwrap().id;
        let mut builder = RecordBuilder::new(self.layouts.get(event).unwrap());
        let header = &mut builder.header;
        (
            (header.host_pid, header.process_start_time),
            header.host_tid,
        ) = of;
        header.pid = header.host_pid;
        (header.host_ppid, header.parent_start_time) = parent;
        header.uid = 1000;
        fill(&mut builder);
        let buffer = builder.build();
        let record = Record::parse(buffer.as_bytes(), &self.layouts).unwrap();
        self.tree.before(&record, false);
        self.tree.after(&record);
        self.seen
            .extend([of.0, parent].into_iter().filter(|id| id.0 != 0));
    }

    fn fork(&mut self, parent: Id, child: Id, child_tid: u32) {
        self.seen.push(child);
        self.record(
            "sched_process_fork",
            (parent, parent.0),
            (0, 0),
            |builder| {
                builder
                    .int(2, child_tid.into())
                    .int(3, child.0.into())
                    .int(5, child.1);
            },
        );
    }

    fn exec(&mut self, of: Id, path: &str, argv: &[&str]) {
        self.record("sched_process_exec", (of, of.0), (0, 0), |builder| {
            let comm = path.rsplit('/').next().unwrap();
            builder.comm(comm.as_bytes()).bytes(1, path.as_bytes());
            builder.list(2, argv.iter().map(|arg| arg.as_bytes()));
        });
    }

    fn exit(&mut self, of: Id, tid: u32, whole: bool) {
        self.record("sched_process_exit", (of, tid), (0, 0), |builder| {
            builder.int(1, whole.into());
        });
    }

    fn run(&mut self, line: &str, out: &mut String) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [] | ["#", ..] => {}
            ["event", of, parent, comm] => {
                let parent = id(parent).0;
                self.record("connect", id(of), parent, |builder| {
                    builder.comm(comm.as_bytes());
                });
            }
            ["existing", of, parent, exe, ref argv @ ..] => {
                let parent = id(parent).0;
                self.record("existing_process", id(of), parent, |builder| {
                    builder.bytes(0, exe.as_bytes());
                    builder.list(1, argv.iter().map(|arg| arg.as_bytes()));
                });
            }
            ["directory", of, path] => {
                let of = id(of);
                self.record("working_directory", of, (0, 0), |builder| {
                    builder.bytes(0, path.as_bytes());
                });
            }
            ["fork", parent, child] => {
                let child = id(child).0;
                self.fork(id(parent).0, child, child.0);
            }
            ["thread", of, tid] => {
                let of = id(of).0;
                self.fork(of, of, tid.parse().unwrap());
            }
            ["exec", of, path, ref argv @ ..] => self.exec(id(of).0, path, argv),
            ["exit", of] => self.exit(id(of).0, id(of).1, true),
            ["threadexit", of, tid] => self.exit(id(of).0, tid.parse().unwrap(), false),
            ["show"] => self.show(out),
            _ => panic!("no such line: {line}"),
        }
    }

    fn show(&mut self, out: &mut String) {
        self.seen.sort_unstable();
        self.seen.dedup();
        let mut shown = Vec::new();
        for &(pid, start) in &self.seen {
            let Some(process) = self.tree.find(pid, start) else {
                continue;
            };
            if shown.contains(&process) {
                continue;
            }
            shown.push(process);
            let text = |field| match self.tree.field(process, field) {
                Value::Absent => "-".to_owned(),
                Value::Bytes(bytes) => Shown(&bytes).to_string(),
                Value::Int(int) => int.to_string(),
                Value::List(_) => unreachable!(),
            };
            let parent = self.tree.parent(process).map_or("-".to_owned(), |parent| {
                match self.tree.field(parent, ProcessField::HostPid) {
                    Value::Int(pid) => pid.to_string(),
                    other => format!("{other:?}"),
                }
            });
            writeln!(
                out,
                "{}@{} parent={parent} comm={} exe={} cmdline={} uid={}{}{}",
                text(ProcessField::HostPid),
                text(ProcessField::StartTime),
                text(ProcessField::Comm),
                text(ProcessField::Exe),
                text(ProcessField::Cmdline),
                text(ProcessField::Uid),
                match self.tree.field(process, ProcessField::Cwd) {
                    Value::Absent => String::new(),
                    _ => format!(" cwd={}", text(ProcessField::Cwd)),
                },
                if self.tree.has_exited(process) {
                    " exited"
                } else {
                    ""
                },
            )
            .unwrap();
        }
        out.push('\n');
    }
}

#[test]
fn scenarios() {
    insta::glob!("process_tree_cases/*.txt", |path| {
        let script = std::fs::read_to_string(path).unwrap();
        let mut scene = Scene::new(Limits::default());
        let mut out = String::new();
        for line in script.lines() {
            scene.run(line, &mut out);
        }
        insta::assert_snapshot!(out);
    });
}

#[test]
fn a_fork_bomb_stays_within_limits() {
    let limits = Limits {
        processes: 1000,
        text: 200_000,
    };
    let mut scene = Scene::new(limits);
    let root = (10, 1);
    scene.exec(root, "/bin/sh", &["sh", "-c", "bomb"]);
    // Each child forks the next and exits: a chain as deep as it is long.
    let mut parent = root;
    for at in 0..100_000u32 {
        let child = (100 + at, u64::from(at) + 2);
        scene.fork(parent, child, child.0);
        scene.exec(child, &format!("/tmp/{at}"), &["x", &"y".repeat(100)]);
        if at % 2 == 0 {
            scene.exit(child, child.0, true);
        }
        parent = child;
        scene.seen.clear();
    }
    let counters = scene.tree.counters();
    assert_eq!(counters.running + counters.exited, 1000);
    // Of 50,000 exited ones only the last is left: running ones went only after all others.
    assert_eq!((counters.exited, counters.dropped_exited), (1, 49_999));
    assert_eq!(counters.dropped_running, 100_001 - 1000 - 49_999);
    assert_eq!(counters.dropped_texts, 0);
    let newest = scene.tree.find(parent.0, parent.1).unwrap();
    assert_eq!(scene.tree.exe(newest), Some(&b"/tmp/99999"[..]));
}

#[test]
fn strings_are_dropped_when_they_have_no_place() {
    let mut scene = Scene::new(Limits {
        processes: 1000,
        text: 10_000,
    });
    for pid in 1..100 {
        scene.exec(
            (pid, 1),
            &format!("/{}", "x".repeat(1000 + pid as usize)),
            &[],
        );
    }
    let counters = scene.tree.counters();
    assert_eq!(counters.running, 99);
    assert!(counters.dropped_texts > 80, "{counters:?}");
    // Whoever exits gives its strings back.
    scene.exit((1, 1), 1, true);
    scene.exec((99, 1), "/short/enough/to/fit", &[]);
    let process = scene.tree.find(99, 1).unwrap();
    assert_eq!(scene.tree.exe(process), Some(&b"/short/enough/to/fit"[..]));
}

#[test]
fn one_pid_again_and_again() {
    let mut scene = Scene::new(Limits::default());
    for at in 1..10_000u64 {
        scene.exec((7, at * 1_000_000_000), "/bin/true", &["true"]);
    }
    let counters = scene.tree.counters();
    assert_eq!(
        (counters.running, counters.exited, counters.dropped_exited),
        (1, 7, 9991)
    );
}

#[test]
fn the_scan_finds_this_process() {
    let schema = support::schema();
    let layouts = Layouts::new(&schema);
    let offset = boot_to_epoch().unwrap();
    let mut tree = ProcessTree::new(&schema, Limits::default());
    let report = proc_scan(&schema, "/proc".as_ref(), offset, &[], &mut |buffer| {
        tree.before(&Record::parse(buffer.as_bytes(), &layouts).unwrap(), false);
    });
    assert!(report.found >= 2);
    let own = tree.find(std::process::id(), 0).unwrap();
    let exe = std::env::current_exe().unwrap();
    assert_eq!(tree.exe(own).unwrap(), exe.as_os_str().as_encoded_bytes());
    let parent = tree.parent(own).unwrap();
    let expected = i128::from(std::os::unix::process::parent_id());
    assert_eq!(
        tree.field(parent, ProcessField::HostPid),
        Value::Int(expected)
    );
    assert!(
        matches!(tree.field(own, ProcessField::Cmdline), Value::Bytes(line) if !line.is_empty())
    );
}

#[test]
fn a_scan_of_nothing_is_empty() {
    let report = proc_scan(
        &support::schema(),
        "/nonexistent".as_ref(),
        0,
        &[],
        &mut |_| {},
    );
    assert_eq!((report.found, report.vanished), (0, 0));
    let report = scan_directories(&support::schema(), "/nonexistent".as_ref(), 0, &mut |_| {});
    assert_eq!((report.found, report.vanished), (0, 0));
}

/// A directory like /proc, in which a process is where the link leads.
#[test]
fn a_scan_tells_where_processes_are() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("place (deleted)");
    std::fs::create_dir(&place).unwrap();
    for pid in ["7", "8", "self"] {
        std::fs::create_dir(root.path().join(pid)).unwrap();
    }
    std::os::unix::fs::symlink(&place, root.path().join("7/cwd")).unwrap();
    let schema = support::schema();
    let layouts = Layouts::new(&schema);
    let mut tree = ProcessTree::new(&schema, Limits::default());
    let report = scan_directories(&schema, root.path(), 1, &mut |buffer| {
        let record = Record::parse(buffer.as_bytes(), &layouts).unwrap();
        assert!(record.is_internal());
        tree.before(&record, false);
    });
    assert_eq!((report.found, report.vanished), (1, 1));
    let process = tree.find(7, 0).unwrap();
    // It is called so: it was not removed.
    let place = place.as_os_str().as_encoded_bytes();
    assert_eq!(tree.field(process, ProcessField::Cwd), Value::bytes(place));
}

#[test]
fn a_process_has_its_number_once_the_kernel_told_its_start() {
    const START: u64 = 1_000_000_000;
    let mut scene = Scene::new(Limits::default());
    // As /proc has it, and as the kernel does.
    let (read, told) = (START, START + 7_654_321);
    let entity = |scene: &Scene| {
        let process = scene.tree.find(10, 0).unwrap();
        match scene.tree.field(process, ProcessField::Entity) {
            Value::Int(number) => u32::try_from(number).ok(),
            _ => None,
        }
    };
    scene.run(
        &format!("existing 10@{read} 1@1 /bin/sh"),
        &mut String::new(),
    );
    assert_eq!(entity(&scene), None);
    // A child says when its parent started.
    scene.run(
        &format!("event 11@{} 10@{told} a", 2 * START),
        &mut String::new(),
    );
    let number = Some(process::entity(10, told));
    assert_eq!(entity(&scene), number);
    scene.run(
        &format!("existing 10@{read} 1@1 /bin/sh"),
        &mut String::new(),
    );
    assert_eq!(
        entity(&scene),
        number,
        "what is rounded does not replace it"
    );
    scene.run(&format!("event 10@{told} 1@1 a"), &mut String::new());
    assert_eq!(entity(&scene), number);
    // Another process with that pid.
    scene.run(&format!("event 10@{} 1@1 b", 9 * START), &mut String::new());
    let other = Some(process::entity(10, 9 * START));
    assert_eq!(entity(&scene), other);
    assert_ne!(number, other);
}
