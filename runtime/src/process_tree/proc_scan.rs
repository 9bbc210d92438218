//! The processes that are there when tracing begins, read from /proc as `existing_process` records, and
//! where they are, as `working_directory` records: they are recorded like any other, so that a replay starts
//! from the same tree.

use std::collections::HashMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use tracee_ebpf::abi::{self, RecordHeader};
use tracee_lang::schema::Schema;

use super::SAME_START;
use crate::record::{Layout, RecordBuf, RecordBuilder};

/// Clock ticks of /proc: 100 a second on every Linux that we know (USER_HZ), so 10 ms each.
const TICK: u64 = 10_000_000;

/// What a scan found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScanReport {
    /// Processes that a record was made of.
    pub found: usize,
    /// Those that ended while they were looked at, or can't be read.
    pub vanished: usize,
}

/// Nanoseconds from boot to the epoch, as /proc/uptime tells it (exact to 10 ms): what has to be
/// added to a time since boot. A live source that knows it better passes its own to [`proc_scan`].
pub fn boot_to_epoch() -> Option<u64> {
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    let (seconds, hundredths) = uptime.split_whitespace().next()?.split_once('.')?;
    let since_boot =
        seconds.parse::<u64>().ok()? * 1_000_000_000 + hundredths.parse::<u64>().ok()? * TICK;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(now.as_nanos()).ok()?.checked_sub(since_boot)
}

/// Hands over a record for every process below `proc` (`/proc`), in order of pid. Of those that the kernel listed
/// (`listed`), it is exact, as the kernel's own records are; of others it is as /proc has it, which rounds times. Empty
/// if the schema has no event `existing_process`.
pub fn proc_scan(
    schema: &Schema,
    proc: &Path,
    boot_to_epoch: u64,
    listed: &[RecordHeader],
    take: &mut dyn FnMut(&RecordBuf),
) -> ScanReport {
    let mut report = ScanReport::default();
    let Some(event) = schema.event_named("existing_process") else {
        return report;
    };
    let Some(layout) = Layout::of(schema, event) else {
        return report;
    };
    let slot = |name: &str| event.arg(name).map(|arg| arg.slot);
    let scan = Scan {
        layout,
        exe: slot("exe"),
        cmdline: slot("cmdline"),
        boot_to_epoch,
        listed: listed
            .iter()
            .map(|header| (header.host_pid, header))
            .collect(),
    };
    for pid in pids(proc) {
        match scan.process(&proc.join(pid.to_string()), proc, pid) {
            Some(record) => {
                report.found += 1;
                take(&record);
            }
            None => report.vanished += 1,
        }
    }
    report
}

/// Hands over a record for the working directory of every process below `proc` that has one and lets us see it,
/// in order of pid, at the time `now` (ns since the epoch). A directory that was removed has its last path. Each is of the newest process with its pid, which
/// the tree should know by then. Empty if the schema has no event `working_directory`.
pub fn scan_directories(
    schema: &Schema,
    proc: &Path,
    now: u64,
    take: &mut dyn FnMut(&RecordBuf),
) -> ScanReport {
    let mut report = ScanReport::default();
    let Some(event) = schema.event_named("working_directory") else {
        return report;
    };
    let (Some(layout), Some(path)) = (Layout::of(schema, event), event.arg("path")) else {
        return report;
    };
    for pid in pids(proc) {
        let link = proc.join(pid.to_string()).join("cwd");
        let Ok(directory) = fs::read_link(&link) else {
            report.vanished += 1;
            continue;
        };
        let removed = fs::metadata(&link).is_ok_and(|of| of.nlink() == 0);
        let mut builder = RecordBuilder::new(&layout);
        let header = &mut builder.header;
        header.flags = abi::RECORD_INTERNAL;
        header.time = now;
        header.host_pid = pid;
        header.host_tid = pid;
        header.uid = u32::MAX;
        header.gid = u32::MAX;
        header.syscall = -1;
        let mut directory = directory.as_os_str().as_bytes();
        if removed {
            directory = directory.strip_suffix(b" (deleted)").unwrap_or(directory);
        }
        builder.bytes(path.slot, directory);
        report.found += 1;
        take(&builder.build());
    }
    report
}

fn pids(proc: &Path) -> Vec<u32> {
    let entries = fs::read_dir(proc).into_iter().flatten().flatten();
    let mut pids: Vec<u32> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    pids
}

struct Scan<'a> {
    layout: Layout,
    exe: Option<u16>,
    cmdline: Option<u16>,
    boot_to_epoch: u64,
    /// By host pid.
    listed: HashMap<u32, &'a RecordHeader>,
}

impl Scan<'_> {
    /// The record of one process; `None` once it is gone.
    fn process(&self, dir: &Path, proc: &Path, pid: u32) -> Option<RecordBuf> {
        let stat = Stat::read(dir)?;
        let start = self.boot_to_epoch + stat.start * TICK;
        let mut builder = RecordBuilder::new(&self.layout);
        match self.listed.get(&pid) {
            Some(listed) if listed.process_start_time.abs_diff(start) < SAME_START => {
                builder.header = **listed;
            }
            // It came later, or has the pid of one that is gone.
            _ => self.head(&mut builder, &stat, start, dir, proc, pid),
        }
        // Kernel threads have no executable; others' may be forbidden to us.
        if let (Some(slot), Ok(path)) = (self.exe, fs::read_link(dir.join("exe"))) {
            builder.bytes(slot, path.as_os_str().as_bytes());
        }
        if let (Some(slot), Ok(line)) = (self.cmdline, fs::read(dir.join("cmdline")))
            && let Some(line) = line.strip_suffix(b"\0")
        {
            builder.list(slot, line.split(|&byte| byte == 0));
        }
        Some(builder.build())
    }

    /// What /proc says of who it is.
    fn head(
        &self,
        builder: &mut RecordBuilder<'_>,
        stat: &Stat,
        start: u64,
        dir: &Path,
        proc: &Path,
        pid: u32,
    ) {
        builder.comm(&stat.comm);
        let parent = Stat::read(&proc.join(stat.ppid.to_string()));
        let namespace = |name: &str| -> u32 {
            let inode = fs::metadata(dir.join("ns").join(name)).map_or(0, |ns| ns.ino());
            u32::try_from(inode).unwrap_or_default()
        };
        let status = fs::read(dir.join("status")).unwrap_or_default();
        let id = |name: &str| status_line(&status, name).next().unwrap_or(u32::MAX);
        let header = &mut builder.header;
        header.time = start;
        header.thread_start_time = start;
        header.process_start_time = start;
        header.parent_start_time =
            parent.map_or(0, |parent| self.boot_to_epoch + parent.start * TICK);
        header.host_pid = pid;
        header.host_tid = pid;
        header.host_ppid = stat.ppid;
        // The last one is the innermost namespace's.
        header.pid = status_last(&status, "NStgid:").unwrap_or(pid);
        header.tid = header.pid;
        // /proc has no parent's pid of inner namespaces.
        header.ppid = if header.pid == pid { stat.ppid } else { 0 };
        header.uid = id("Uid:");
        header.gid = id("Gid:");
        header.mnt_ns = namespace("mnt");
        header.pid_ns = namespace("pid");
        header.uts_ns = namespace("uts");
        header.net_ns = namespace("net");
        header.user_ns = namespace("user");
    }
}

/// What of `/proc/PID/stat` is used, proc_pid_stat(5).
struct Stat {
    comm: Vec<u8>,
    ppid: u32,
    /// Ticks since boot.
    start: u64,
}

impl Stat {
    fn read(dir: &Path) -> Option<Self> {
        Self::parse(&fs::read(dir.join("stat")).ok()?)
    }

    /// The name is in parentheses and may hold any byte, parentheses too: the last one ends it.
    fn parse(stat: &[u8]) -> Option<Self> {
        let open = stat.iter().position(|&byte| byte == b'(')?;
        let close = stat.iter().rposition(|&byte| byte == b')')?;
        let comm = stat.get(open + 1..close)?.to_vec();
        let rest = std::str::from_utf8(stat.get(close + 1..)?).ok()?;
        let mut fields = rest.split_whitespace().skip(1);
        let ppid = fields.next()?.parse().ok()?;
        // Fields 4 and 22: 17 lie between.
        let start = fields.nth(17)?.parse().ok()?;
        Some(Self { comm, ppid, start })
    }
}

/// The numbers after `name` in a status file.
fn status_line<'a>(status: &'a [u8], name: &str) -> impl Iterator<Item = u32> + 'a {
    let mut lines = status.split(|&byte| byte == b'\n');
    let values = lines
        .find_map(|line| line.strip_prefix(name.as_bytes()))
        .unwrap_or_default();
    let text = std::str::from_utf8(values).unwrap_or_default();
    text.split_whitespace()
        .filter_map(|number| number.parse().ok())
}

fn status_last(status: &[u8], name: &str) -> Option<u32> {
    status_line(status, name).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let stat =
            b"42 (a) R 7 (\n\xff) S 17 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 99887 1 1";
        let stat = Stat::parse(stat).expect("a stat line");
        assert_eq!((stat.ppid, stat.start), (17, 99887));
        assert_eq!(stat.comm, b"a) R 7 (\n\xff");
    }

    #[test]
    fn what_is_cut_is_no_stat() {
        for stat in [
            &b""[..],
            b"1",
            b"1 (a",
            b"1 (a)",
            b"1 (a) S",
            b"1 (a) S 1 2 3",
            b")1(",
        ] {
            assert!(Stat::parse(stat).is_none(), "{stat:?}");
        }
    }

    #[test]
    fn status_numbers() {
        let status = b"Name:\tUid:\t7\nNStgid:\t900\t3\nUid:\t1000\t1001\t1002\t1003\n";
        assert_eq!(status_line(status, "Uid:").next(), Some(1000));
        assert_eq!(status_last(status, "NStgid:"), Some(3));
        assert_eq!(status_last(status, "Gid:"), None);
    }
}
