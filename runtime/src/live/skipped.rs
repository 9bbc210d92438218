//! Runs of our programs that the kernel skipped.
//!
//! While a program runs on a processor, the kernel does not run it there a second time. Since its tracepoints can be
//! preempted (Linux 7), that may be another task's event: the program never sees it, so only the kernel knows.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use super::object::Object;

/// Reading a file of each program is too much to do after every poll.
const EVERY: Duration = Duration::from_secs(1);

/// What the kernel said when it was last asked.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    by_program: BTreeMap<String, u64>,
    asked: Option<Instant>,
}

impl Skipped {
    /// How many of each program's, since the start; asks at most every second unless it is the `last` time.
    pub(super) fn ask(&mut self, object: &Object, last: bool) -> &BTreeMap<String, u64> {
        let is_early = self.asked.is_some_and(|asked| asked.elapsed() < EVERY);
        if is_early && !last {
            return &self.by_program;
        }
        self.asked = Some(Instant::now());
        for (name, program) in object.programs() {
            // One that is not loaded has none.
            let Ok(program) = program.fd() else {
                continue;
            };
            let path = format!("/proc/self/fdinfo/{}", program.as_fd().as_raw_fd());
            let skipped = std::fs::read_to_string(path)
                .ok()
                .and_then(|info| recursion_misses(&info));
            if let Some(skipped @ 1..) = skipped {
                self.by_program.insert(name.to_owned(), skipped);
            }
        }
        &self.by_program
    }
}

/// What /proc says of a program; [`None`] before Linux 5.12, which skips none of what we attach there.
fn recursion_misses(info: &str) -> Option<u64> {
    let mut lines = info.lines();
    lines.find_map(|line| line.strip_prefix("recursion_misses:")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_counts_what_it_skipped() {
        let info =
            "pos:\t0\nprog_type:\t26\nrun_cnt:\t12\nrecursion_misses:\t8\nverified_insns:\t90\n";
        assert_eq!(recursion_misses(info), Some(8));
        assert_eq!(recursion_misses("pos:\t0\nprog_type:\t26\n"), None);
    }
}
