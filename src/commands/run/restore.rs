//! The process tree after a loss: forks and execs may be among what was lost, so /proc is read again, as at the
//! begin of a run.

use std::time::{Duration, Instant};

use tracee_runtime::record::RecordBuf;
use tracee_runtime::replay::Names;

/// /proc is not read again before: whoever loses events has no time to spare.
const PAUSE: Duration = Duration::from_secs(10);

/// When to read /proc again.
#[derive(Debug, Default)]
pub(super) struct Restore {
    /// Losses that the tree was restored after.
    losses: u64,
    last: Option<Instant>,
}

impl Restore {
    /// Whether events were lost since it was last read, in a run that lost so many until now.
    pub(super) fn is_due(&mut self, losses: u64, now: Instant) -> bool {
        let paused = self
            .last
            .is_none_or(|last| now.duration_since(last) >= PAUSE);
        if losses == self.losses || !paused {
            return false;
        }
        (self.losses, self.last) = (losses, Some(now));
        true
    }
}

/// How many events were lost that the tree is made from, or runs of the programs that make them.
pub(super) fn losses(names: &Names) -> u64 {
    let fed = [
        "sched_process_fork",
        "sched_process_exec",
        "sched_process_exit",
    ];
    let names = names.0.iter();
    let lost = names.filter(|(name, _)| fed.iter().any(|fed| name.ends_with(fed)));
    lost.fold(0, |sum, (_, count)| sum.saturating_add(*count))
}

/// The process and those above it.
pub(super) fn above(records: &[RecordBuf], pid: u32) -> Vec<u32> {
    let mut chain = vec![pid];
    let parent_of = |pid| {
        let mut headers = records.iter().map(RecordBuf::header);
        headers
            .find(|header| header.host_pid == pid)
            .map(|header| header.host_ppid)
    };
    while let Some(parent) = chain.last().and_then(|&pid| parent_of(pid)) {
        if chain.contains(&parent) {
            break;
        }
        chain.push(parent);
    }
    chain
}

/// The process, those above it, and those below: as far as those that they come from still run.
pub(super) fn above_and_below(records: &[RecordBuf], pid: u32) -> Vec<u32> {
    let mut tree = above(records, pid);
    let mut below = vec![pid];
    while let Some(parent) = below.pop() {
        let headers = records.iter().map(RecordBuf::header);
        let children = headers.filter(|header| header.host_ppid == parent);
        for child in children.map(|header| header.host_pid) {
            if !tree.contains(&child) {
                tree.push(child);
                below.push(child);
            }
        }
    }
    tree
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tracee_lang::stdlib;
    use tracee_runtime::process_tree;

    use super::*;

    #[test]
    fn after_a_loss_once_in_a_while() {
        let mut restore = Restore::default();
        let begin = Instant::now();
        assert!(!restore.is_due(0, begin));
        assert!(restore.is_due(7, begin));
        assert!(!restore.is_due(7, begin + PAUSE), "nothing more was lost");
        assert!(!restore.is_due(8, begin + PAUSE / 2), "just now it was");
        assert!(restore.is_due(8, begin + PAUSE));
    }

    #[test]
    fn only_losses_of_processes_count() {
        let mut names = Names::default();
        names.add("openat", 5);
        assert_eq!(losses(&names), 0);
        names.add("sched_process_exec", 2);
        names.add("program sched_process_fork", 1);
        assert_eq!(losses(&names), 3);
    }

    #[test]
    fn a_command_is_below_and_its_shell_above() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let mut records = Vec::new();
        process_tree::proc_scan(
            stdlib::schema(),
            Path::new("/proc"),
            0,
            &[],
            &mut |record| {
                records.push(record.clone());
            },
        );
        let own = std::process::id();
        let (above, both) = (above(&records, own), above_and_below(&records, own));
        let parent = std::os::unix::process::parent_id();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(above.contains(&own) && above.contains(&parent));
        assert!(!above.contains(&child.id()));
        assert!(above.iter().all(|pid| both.contains(pid)));
        assert!(both.contains(&child.id()));
    }
}
