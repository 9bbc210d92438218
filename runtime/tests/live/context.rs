//! The header: who, where, when; compared with what /proc says of the same process.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tracee_lang::stdlib;
use tracee_runtime::containers::uses_cpuset_groups;
use tracee_runtime::live::{COMMAND_TREE, LiveSource};

use crate::tables::everything;
use crate::watch::{Actor, Records, need_live, options, records_lost, shared};

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos() as u64
}

fn namespace(pid: u32, name: &str) -> u32 {
    fs::metadata(format!("/proc/{pid}/ns/{name}"))
        .unwrap()
        .ino() as u32
}

/// Field `at` of /proc/PID/stat, counted as in proc(5).
fn stat(pid: u32, at: usize) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let behind_name = stat.rsplit_once(')').unwrap().1;
    behind_name
        .split_ascii_whitespace()
        .nth(at - 3)
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn the_header_says_what_proc_says() {
    need_live!();
    let before = now();
    let mut actor = Actor::new("open-marker");
    let pid = actor.pid();
    let mut source = shared(&actor, &everything(&["openat"]));
    let started = stat(pid, 22);
    let namespaces = ["mnt", "pid", "uts", "net", "user"].map(|name| namespace(pid, name));
    assert!(actor.act().success());
    let records = Records::read(&mut source);
    let open = records.one("openat", 1, b"/nowhere/marker");
    let header = open.header();

    assert_eq!((header.host_pid, header.pid), (pid, pid));
    assert_eq!(header.host_tid, header.tid);
    assert_ne!(header.tid, pid, "the act runs in a second thread");
    let parent = std::process::id();
    assert_eq!((header.host_ppid, header.ppid), (parent, parent));
    // SAFETY: these calls take nothing and can't fail.
    let (uid, gid) = unsafe { (libc::getuid(), libc::getgid()) };
    assert_eq!((header.uid, header.gid), (uid, gid));
    let found = [
        header.mnt_ns,
        header.pid_ns,
        header.uts_ns,
        header.net_ns,
        header.user_ns,
    ];
    assert_eq!(found, namespaces);
    // The harness names its threads after their tests.
    assert_eq!(open.comm(), b"acts::perform");

    assert!(before <= header.time && header.time <= now());
    assert!(header.process_start_time <= header.thread_start_time);
    assert!(header.thread_start_time <= header.time);
    assert!(header.parent_start_time <= header.process_start_time);
    // The process's start in ticks of 10 ms since the boot, and the parent's in the same clock.
    let apart = started - stat(parent, 22);
    let ticks = (header.process_start_time - header.parent_start_time) / 10_000_000;
    assert!(
        ticks.abs_diff(apart) <= 1,
        "{ticks} ticks apart, not {apart}"
    );
}

#[test]
fn the_own_process_is_left_out() {
    need_live!();
    let mut actor = Actor::new("children");
    let mut options = options(&actor);
    options.self_pid = Some(actor.pid());
    let tables = everything(&["openat"]);
    let mut source = LiveSource::start(stdlib::schema(), &tables, options).unwrap();
    assert!(actor.act().success());
    let records = Records::drain(&mut source);
    records.one("openat", 1, b"/nowhere/child");
    assert!(
        records
            .all()
            .all(|record| record.header().host_pid != actor.pid())
    );
}

#[test]
fn other_trees_are_left_out() {
    need_live!();
    let mut other = Actor::new("open-marker");
    let actor = Actor::new("nothing");
    let mut source = shared(&actor, &everything(&["openat"]));
    assert!(other.act().success());
    assert_eq!(Records::read(&mut source).all().count(), 0);
}

#[test]
fn descendants_that_were_there_before_belong_to_the_tree() {
    need_live!();
    let mut actor = Actor::new("early-child");
    let child = std::iter::repeat_with(|| child_of(actor.pid()))
        .flatten()
        .next()
        .unwrap();
    let mut source = shared(&actor, &everything(&["openat"]));
    // The child shares its parent's standard input: it takes the first byte, or its parent does.
    std::io::Write::write_all(actor.child.stdin.as_mut().unwrap(), b"\n\n").unwrap();
    assert!(actor.child.wait().unwrap().success());
    let records = Records::read(&mut source);
    let open = records.one("openat", 1, b"/nowhere/marker");
    assert_eq!(open.header().host_pid, child);
    assert_eq!(open.header().host_ppid, actor.pid());
}

fn child_of(pid: u32) -> Option<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    tasks.flatten().find_map(|task| {
        let children = fs::read_to_string(task.path().join("children")).ok()?;
        children.split_ascii_whitespace().next()?.parse().ok()
    })
}

#[test]
fn what_finds_no_place_is_counted() {
    need_live!();
    let mut actor = Actor::new("many");
    let mut options = options(&actor);
    options.ring_bytes = 4096;
    let tables = everything(&["dup"]);
    let mut source = LiveSource::start(stdlib::schema(), &tables, options).unwrap();
    // Nobody reads meanwhile.
    assert!(actor.act().success());
    let received = Records::drain(&mut source).of("dup").len() as u64;
    let counters = source.counters().unwrap();
    let dup = counters
        .iter()
        .find(|of| of.event == crate::watch::event_id("dup"))
        .unwrap();
    assert!(received > 0);
    assert!(dup.ring_full > 0);
    assert_eq!(received, dup.submitted);
    assert_eq!(received + dup.ring_full, dup.seen);
    assert!(dup.seen >= 2000, "the act makes 2000 of them");
    let losses = records_lost(&mut source);
    assert_eq!(losses, [(dup.event, dup.ring_full)]);
}

/// A control group of version 1's cpuset, with nobody in it when it is dropped.
struct Group(PathBuf);

impl Group {
    fn new(hierarchy: &Path) -> Self {
        let group = Self(hierarchy.join(format!("tracee-live-{}", std::process::id())));
        fs::create_dir(&group.0).unwrap();
        for file in ["cpuset.cpus", "cpuset.mems"] {
            let whole = fs::read_to_string(hierarchy.join(file)).unwrap();
            fs::write(group.0.join(file), whole.trim()).unwrap();
        }
        group
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// Where version 1's cpuset hierarchy is mounted: where it is said to be, or on a system that numbers by it.
fn cpuset() -> Option<PathBuf> {
    let said = std::env::var_os("TRACEE_LIVE_CPUSET").map(PathBuf::from);
    let usual = || uses_cpuset_groups(Path::new("/")).then(|| "/sys/fs/cgroup/cpuset".into());
    said.or_else(usual)
}

#[test]
fn control_groups_are_of_version_1_where_containers_have_theirs_there() {
    need_live!();
    let Some(hierarchy) = cpuset() else {
        eprintln!("skipped: no cpuset hierarchy of version 1, here control groups are version 2's");
        return;
    };
    let mut actor = Actor::new("open-marker");
    let group = Group::new(&hierarchy);
    fs::write(group.0.join("cgroup.procs"), actor.pid().to_string()).unwrap();
    let number = fs::metadata(&group.0).unwrap().ino();
    let mut options = options(&actor);
    options.cpuset_groups = true;
    let tables = everything(&["openat"]);
    let mut source = LiveSource::start(stdlib::schema(), &tables, options).unwrap();
    let (existing, _) = source.existing_processes();
    let mut listed = existing.iter().map(|record| record.header());
    let listed = listed
        .find(|header| header.host_pid == actor.pid())
        .unwrap();
    assert_eq!(listed.cgroup_id, number);
    assert!(actor.act().success());
    let records = Records::drain(&mut source);
    let open = records.one("openat", 1, b"/nowhere/marker");
    assert_eq!(open.header().cgroup_id, number);
}

/// What a process lost that nobody read in time is no loss of the one beside it.
#[test]
fn losses_are_counted_for_their_process() {
    need_live!();
    let (mut many, mut one) = (Actor::new("many"), Actor::new("open-marker"));
    let mut options = options(&many);
    options.ring_bytes = 4096;
    let tables = everything(&["dup"]);
    let mut source = LiveSource::start(stdlib::schema(), &tables, options).unwrap();
    source.add_tree_root(COMMAND_TREE, one.pid()).unwrap();
    let losses = source.process_losses();
    assert!(one.act().success());
    assert_eq!((losses.of(many.pid()), losses.of(one.pid())), (0, 0));
    assert!(many.act().success());
    let lost: u64 = records_lost(&mut source)
        .iter()
        .map(|(_, count)| count)
        .sum();
    assert!(lost > 0);
    assert_eq!((losses.of(many.pid()), losses.of(one.pid())), (lost, 0));
}
