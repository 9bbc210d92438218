//! fork, exec, exit, and the calls that make another program of a process.

use std::os::unix::fs::MetadataExt;

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi;
use tracee_lang::schema::Hook;
use tracee_lang::stdlib;
use tracee_runtime::live::{LiveSource, Outcome, probe, verified};
use tracee_runtime::record::Record;

use crate::tables::everything;
use crate::watch::{Actor, Records, event_id, need_live, options, shared, watch};

fn items(record: &Record<'_>, slot: u16) -> Vec<Vec<u8>> {
    record.list(slot).unwrap().map(<[u8]>::to_vec).collect()
}

#[test]
fn a_successful_execve_from_a_thread() {
    need_live!();
    let records = watch("exec", &everything(&["execve", "sched_process_exec"]));
    let path = b"/bin/../bin/true";
    let call = records.one("execve", 0, path);
    assert_eq!(items(&call, 1), [&b"true"[..], b"--x", b"y z"]);
    assert_eq!(items(&call, 2), [&b"TRACEE=1"[..], b"EMPTY="]);
    assert_eq!(call.retval(), Some(0));
    assert_eq!(call.comm(), b"acts::perform");
    assert_ne!(call.header().host_tid, call.header().host_pid);

    let exec = records.one("sched_process_exec", 0, path);
    let resolved = std::fs::canonicalize("/bin/true").unwrap();
    let file = std::fs::metadata(&resolved).unwrap();
    assert_eq!(exec.bytes(1), resolved.to_str().map(str::as_bytes));
    assert_eq!(exec.int(3), Some(file.ino().into()));
    let changed = file.ctime() as i128 * 1_000_000_000 + i128::from(file.ctime_nsec());
    assert_eq!(exec.int(4), Some(changed));
    assert_eq!(exec.int(5), Some(file.mode().into()));
    assert_eq!(exec.bytes(6), Some(&path[..]));
    assert_eq!(items(&exec, 7), [&b"true"[..], b"--x", b"y z"]);
    assert_eq!(items(&exec, 8), [&b"TRACEE=1"[..], b"EMPTY="]);
    assert_eq!(exec.comm(), b"true");
    assert_eq!(exec.header().host_tid, exec.header().host_pid);
    assert_eq!(exec.header().syscall, 59);
    assert_eq!(exec.retval(), None);
    // dev as the kernel numbers it: 20 bits of minor.
    let dev = file.dev();
    let kernel = u64::from(libc::major(dev)) << 20 | u64::from(libc::minor(dev));
    // Some file systems (btrfs, overlayfs) tell stat(2) another device than their own.
    if dev_is_plain(&resolved) {
        assert_eq!(exec.int(2), Some(kernel.into()));
    }
}

fn dev_is_plain(path: &std::path::Path) -> bool {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let dev = std::fs::metadata(path).unwrap().dev();
    let name = format!("{}:{}", libc::major(dev), libc::minor(dev));
    let line = mounts
        .lines()
        .find(|line| line.split(' ').nth(2) == Some(&name));
    line.is_some_and(|line| !line.contains(" overlay ") && !line.contains(" btrfs "))
}

#[test]
fn a_program_in_memory_has_its_bare_name() {
    need_live!();
    let records = watch(
        "exec-memfd",
        &everything(&["execveat", "sched_process_exec"]),
    );
    let calls = records.of("execveat");
    let [call] = &calls[..] else {
        panic!("{} calls of execveat", calls.len());
    };
    assert_eq!(call.bytes(1), Some(&b""[..]));
    assert_eq!(items(call, 2), [b"true"]);
    assert_eq!(items(call, 3), [] as [Vec<u8>; 0]);
    assert_eq!(call.int(4), Some(libc::AT_EMPTY_PATH.into()));
    assert_eq!(call.retval(), Some(0));
    records.one("sched_process_exec", 1, b"memfd:some name");
}

#[test]
fn calls_that_share_their_return_do_not_need_each_other() {
    need_live!();
    // execveat returns under the number of execve.
    let alone = watch("exec-memfd", &everything(&["execveat"]));
    assert_eq!(alone.of("execveat").len(), 1);
    assert_eq!(alone.all().count(), 1);
    let other = watch("exec", &everything(&["execveat"]));
    assert_eq!(other.all().count(), 0);
}

/// The verifier stops at a million.
#[test]
fn programs_are_far_from_the_limit_of_the_verifier() {
    need_live!();
    let (programs, refused) = verified().unwrap();
    let source = shared(&Actor::new("nothing"), &FilterTables::default());
    crate::kernel_report::write(&programs, &refused, source.hooks());
    for (program, why) in refused {
        println!("{program} is refused: {why}");
    }
    for program in programs {
        let shown = program
            .instructions
            .map_or("?".to_owned(), |count| count.to_string());
        println!("{}: {shown} instructions verified", program.program);
        assert!(program.instructions.is_none_or(|count| count < 250_000));
    }
}

#[test]
fn forks_and_exits() {
    need_live!();
    let tables = everything(&["sched_process_fork", "sched_process_exit", "openat"]);
    let mut actor = Actor::new("children");
    let mut source = shared(&actor, &tables);
    assert!(actor.act().success());
    let records = Records::read(&mut source);
    let pid = i128::from(actor.pid());

    let child = records.one("openat", 1, b"/nowhere/child");
    let child_pid = i128::from(child.header().host_pid);
    let forks = records.of("sched_process_fork");
    let fork = forks
        .iter()
        .find(|fork| fork.int(5) == Some(child_pid))
        .unwrap();
    let ints: Vec<_> = (0..20).map(|slot| fork.int(slot).unwrap()).collect();
    let tid = i128::from(fork.header().host_tid);
    let start = |at: usize| ints[at];
    assert_eq!(ints[..4], [tid, tid, pid, pid]);
    assert_eq!(ints[5..9], [child_pid; 4]);
    assert_eq!(ints[10..14], [pid; 4]);
    assert_eq!(ints[15..19], [child_pid; 4]);
    assert_eq!(start(4), fork.header().thread_start_time.into());
    assert_eq!(start(9), child.header().process_start_time.into());
    assert_eq!(start(14), fork.header().process_start_time.into());
    assert_eq!(start(19), start(9));
    assert_eq!(i128::from(fork.header().host_pid), pid);

    // A thread: the leader is the process.
    let thread = records.one("openat", 1, b"/nowhere/thread");
    let tid = i128::from(thread.header().host_tid);
    let fork = forks.iter().find(|fork| fork.int(5) == Some(tid)).unwrap();
    assert_eq!((fork.int(7), fork.int(15)), (Some(pid), Some(pid)));
    assert_eq!(fork.int(12), Some(std::process::id().into()));

    let exits = records.of("sched_process_exit");
    let exit = |tid: i128| {
        let exit = exits
            .iter()
            .find(|exit| i128::from(exit.header().host_tid) == tid)
            .unwrap();
        [0, 1, 2].map(|slot| exit.int(slot).unwrap())
    };
    assert_eq!(exit(child_pid), [7, 0, 1]);
    assert_eq!(exit(tid), [0, 0, 0]);
    let killed: Vec<_> = exits.iter().filter(|exit| exit.int(1) == Some(9)).collect();
    assert_eq!(killed.len(), 1);
    assert_eq!((killed[0].int(0), killed[0].int(2)), (Some(0), Some(1)));
}

#[test]
fn internal_events_come_without_a_selector() {
    need_live!();
    let mut actor = Actor::new("children");
    let mut options = options(&actor);
    options.internal = true;
    let tables = everything(&["sched_process_fork"]);
    let mut source = LiveSource::start(stdlib::schema(), &tables, options).unwrap();
    assert!(actor.act().success());
    let records = Records::drain(&mut source);
    let flags = |event: &str| {
        let all = records.of(event);
        assert!(!all.is_empty(), "no {event}");
        let flags: Vec<_> = all.iter().map(|record| record.header().flags).collect();
        assert!(flags.iter().all(|flag| *flag == flags[0]));
        flags[0]
    };
    assert_eq!(flags("sched_process_fork"), abi::RECORD_SELECTED);
    assert_eq!(
        flags("sched_process_exit"),
        abi::RECORD_SELECTED | abi::RECORD_INTERNAL
    );
}

#[test]
fn every_event_of_the_standard_library_has_a_hook_here() {
    need_live!();
    let source = shared(&Actor::new("nothing"), &FilterTables::default());
    let hooked = |id| {
        let report = source.hooks().iter().find(|report| report.event == id);
        match &report.unwrap().outcome {
            Outcome::Hooked(hook) => hook.clone(),
            Outcome::Unavailable(why) => panic!("{id:?}: {why}"),
        }
    };
    assert_eq!(source.hooks().len(), stdlib::schema().events.len());
    assert_eq!(hooked(event_id("openat")), "the raw tracepoint sys_exit");
    assert_eq!(
        hooked(event_id("execve")),
        "the raw tracepoints sys_enter and sys_exit"
    );
    let functions = crate::functions::traces_functions();
    // A kernel without modules has no tracepoints of them.
    let modules = std::path::Path::new("/proc/modules").exists();
    // One without CONFIG_KALLSYMS_ALL does not say where its tables are.
    let symbols = std::fs::read_to_string("/proc/kallsyms").unwrap();
    let tables = symbols.contains(" sys_call_table\n");
    for event in &stdlib::schema().events {
        let is_there = event.hooks.iter().any(|hook| match hook {
            Hook::Function { .. } => functions,
            Hook::RawTracepoint(name) => modules || !name.starts_with("module_"),
            Hook::Userland if event.name == "hidden_kernel_module" => modules && tables,
            Hook::Userland => tables || !event.name.starts_with("hooked_"),
            Hook::Syscall { .. } => true,
        });
        if is_there {
            hooked(event.id);
        }
    }
    // To ask without running says the same; one event of each kind, because every program takes its time.
    let kinds = [
        "openat",
        "execve",
        "sched_process_exec",
        "security_file_open",
        "security_inode_rename",
        "magic_write",
        "lost",
    ];
    let events = kinds.map(|name| stdlib::schema().event(event_id(name)).unwrap());
    for report in probe(events.into_iter()) {
        assert!(source.hooks().contains(&report), "{report:?}");
    }
}
