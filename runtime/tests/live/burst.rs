//! Twenty thousand processes in a burst: the process tree is right for all that live on, and stays small.

use std::collections::HashSet;
use std::io::Write;

use allocation_counter::measure;
use libc::{AT_FDCWD, c_int};
use tracee_lang::context::ProcessField;
use tracee_lang::stdlib::schema;
use tracee_lang::value::Value;
use tracee_runtime::live::LiveSource;
use tracee_runtime::process_tree::{Limits, Process, ProcessTree};
use tracee_runtime::record::Record;

use crate::tables::everything;
use crate::watch::{Actor, Records, event_id, need_live, options, records_lost, runs_skipped};

const TEAMS: usize = 10;
const GROUPS: usize = 20;
const MEMBERS: usize = 100;
const PROCESSES: usize = TEAMS + TEAMS * GROUPS + TEAMS * GROUPS * MEMBERS;
/// Of the members of a group those live on.
const SURVIVORS: usize = 2;
/// Of the groups of a team, so many end while their members live.
const ORPHANED: usize = 5;
/// Before the process ids of a process and those that it comes from, innermost first.
const MARK: &[u8] = b"/nowhere/burst";
/// All that were ever made have no place in a tree of this size.
const SMALL: usize = 4_096;

/// Forks teams, of groups, of members. Those that live on say from whom they come when all are made.
pub(crate) fn act() {
    let mut release = [0; 2];
    // SAFETY: the array has the two descriptors that the call writes. The children make system calls only, until
    // they have ended.
    unsafe {
        assert_eq!(libc::pipe(release.as_mut_ptr()), 0);
        let teams: [c_int; TEAMS] = std::array::from_fn(|_| {
            let team = libc::fork();
            if team == 0 {
                libc::close(release[1]);
                self::team(release[0]);
            }
            team
        });
        libc::close(release[0]);
        libc::close(release[1]);
        for team in teams {
            let mut status = 0;
            assert_eq!(libc::waitpid(team, &raw mut status, 0), team);
            assert_eq!(status, 0);
        }
    }
}

/// # Safety
/// In a process that a `fork` made.
unsafe fn team(release: c_int) -> ! {
    // SAFETY: system calls only.
    unsafe {
        let team = libc::getpid();
        // A group writes a byte when it has made its members.
        let mut made = [0; 2];
        libc::pipe(made.as_mut_ptr());
        for at in 0..GROUPS {
            if libc::fork() == 0 {
                let group = libc::getpid();
                for member in 0..MEMBERS {
                    if member >= SURVIVORS {
                        end_at_once();
                    } else if libc::fork() == 0 {
                        released(release);
                        say(&[libc::getpid(), group, team]);
                        libc::_exit(0);
                    }
                }
                libc::write(made[1], c"m".as_ptr().cast(), 1);
                if at >= ORPHANED {
                    released(release);
                    say(&[group, team]);
                    while libc::waitpid(-1, std::ptr::null_mut(), 0) > 0 {}
                }
                libc::_exit(0);
            }
        }
        for _ in 0..GROUPS {
            let mut byte = 0_u8;
            libc::read(made[0], (&raw mut byte).cast(), 1);
        }
        released(release);
        say(&[team]);
        while libc::waitpid(-1, std::ptr::null_mut(), 0) > 0 {}
        libc::_exit(0);
    }
}

/// Makes a process that does nothing, and waits for its end: without a copy of the memory, which takes most of the
/// time in an emulated guest.
///
/// # Safety
/// In a process with one thread.
unsafe fn end_at_once() {
    extern "C" fn nothing(_: *mut libc::c_void) -> c_int {
        0
    }
    let mut stack = [0_u128; 256];
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the stack is the child's alone until it has ended, for which this waits; it grows downwards.
    unsafe {
        let top = stack.as_mut_ptr().add(stack.len()).cast();
        let child = libc::clone(nothing, top, flags, std::ptr::null_mut());
        libc::waitpid(child, std::ptr::null_mut(), 0);
    }
}

/// Waits until nobody writes to the pipe any more.
fn released(release: c_int) {
    let mut byte = 0_u8;
    // SAFETY: at most the one byte is written.
    unsafe { libc::read(release, (&raw mut byte).cast(), 1) };
}

fn say(pids: &[c_int]) {
    let mut text = [0_u8; 100];
    let mut rest = &mut text[..99];
    let _ = rest.write_all(MARK);
    for pid in pids {
        let _ = write!(rest, "/{pid}");
    }
    // SAFETY: the text ends with a zero.
    unsafe { libc::syscall(libc::SYS_openat, AT_FDCWD, text.as_ptr(), 0, 0) };
}

/// The host's ids of a process and of those that it comes from, as far as the tree knows them.
fn ids(tree: &ProcessTree, process: Process) -> Vec<i128> {
    let chain = std::iter::successors(Some(process), |process| tree.parent(*process));
    let id = |process| match tree.field(process, ProcessField::HostPid) {
        Value::Int(pid) => pid,
        _ => panic!("a process without an id"),
    };
    chain.map(id).collect()
}

/// The ids that a mark has.
fn said(record: &Record<'_>) -> Option<Vec<i128>> {
    let is_open = record.event() == event_id("openat");
    let mark = record.bytes(1).filter(|_| is_open)?.strip_prefix(MARK)?;
    let ids = std::str::from_utf8(mark).unwrap().split('/').skip(1);
    Some(ids.map(|id| id.parse().unwrap()).collect())
}

#[test]
fn the_tree_is_right_for_all_that_live_on_and_stays_small() {
    need_live!();
    let tables = everything(&["sched_process_fork", "sched_process_exit", "openat"]);
    let mut actor = Actor::new("burst");
    let actors = i128::from(actor.pid());
    let mut options = options(&actor);
    // Room for all of them: whether a reader keeps up is not what is asked here.
    options.ring_bytes = 64 << 20;
    let mut source = LiveSource::start(schema(), &tables, options).unwrap();
    assert!(actor.act().success());
    let records = Records::drain(&mut source);
    let forks = records.of("sched_process_fork").len();
    let skipped = runs_skipped(&mut source);
    assert_eq!(records_lost(&mut source), []);
    if skipped > 0 {
        // A kernel that preempts programs on tracepoints skips them meanwhile. Whose forks those were nobody knows until
        // /proc is read again, and what descends from them is not in the tree that is traced.
        assert!(forks <= PROCESSES);
        println!("not compared: the kernel skipped {skipped} runs of programs, {forks} forks came");
        return;
    }

    let lived: HashSet<i128> = records
        .all()
        .filter_map(|record| Some(*said(&record)?.first()?))
        .collect();
    let limits = Limits {
        processes: SMALL,
        ..Limits::default()
    };
    let mut trees = [Limits::default(), limits].map(|limits| ProcessTree::new(schema(), limits));
    let mut marks = [0; 4];
    let memory = measure(|| {
        for record in records.all() {
            for (tree, is_small) in trees.iter_mut().zip([false, true]) {
                let process = tree.before(&record, false).unwrap();
                if let Some(mut said) = said(&record) {
                    said.push(actors);
                    let mut known = ids(tree, process);
                    known.truncate(said.len());
                    if is_small && known.len() < said.len() {
                        // A group that ended before its members may be forgotten.
                        assert!(!lived.contains(&said[known.len()]), "{known:?} {said:?}");
                        said.truncate(known.len());
                    }
                    assert_eq!(known, said);
                    marks[said.len() - 1] += usize::from(!is_small);
                }
                tree.after(&record);
            }
        }
    });
    let groups = TEAMS * GROUPS;
    assert_eq!(forks, PROCESSES);
    let whole = [0, TEAMS, groups - TEAMS * ORPHANED, groups * SURVIVORS];
    assert_eq!(marks, whole);
    let counters = trees[1].counters();
    assert!(counters.running + counters.exited <= SMALL);
    assert_eq!(counters.dropped_running, 0);
    assert!(counters.dropped_exited as usize > forks - SMALL);
    println!("{forks} processes, {} bytes", memory.bytes_max);
    assert!(memory.bytes_max < 64 << 20, "{} bytes", memory.bytes_max);
}
