//! Running a program several times: how long it took, and its largest resident size.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Result, shell};

/// What several runs came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Measured {
    /// In ascending order.
    times: Vec<Duration>,
    /// The largest of all runs, in KiB.
    peak: u64,
}

impl Measured {
    /// `| 0.31 s | 0.30–0.33 s | 42 MB |`: median, range, and peak.
    pub(crate) fn cells(&self) -> String {
        let seconds = |time: Option<&Duration>| time.map_or(0.0, Duration::as_secs_f64);
        format!(
            "| {:.2} s | {:.2}–{:.2} s | {} MB |",
            seconds(self.times.get(self.times.len() / 2)),
            seconds(self.times.first()),
            seconds(self.times.last()),
            (self.peak * 1024).div_ceil(1_000_000),
        )
    }
}

/// Runs `program` that often, and once before to have its files in memory. GNU time says how large it
/// became: only a parent can ask that, and only by a call that is not safe in Rust.
///
/// # Errors
/// If it can't be run, or ends with something else than success.
pub(crate) fn measure(program: &Path, arguments: &[&str], runs: u16) -> Result<Measured> {
    let report = tempfile::NamedTempFile::new()?;
    let mut measured = Measured {
        times: Vec::new(),
        peak: 0,
    };
    for run in 0..=runs {
        let mut command = Command::new("/usr/bin/time");
        command
            .args(["--format", "%M", "--output"])
            .arg(report.path())
            .arg(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let begin = Instant::now();
        let status = command
            .status()
            .map_err(|err| format!("cannot start GNU time (Debian's package `time`): {err}"))?;
        let took = begin.elapsed();
        if !status.success() {
            return Err(format!("{command:?} failed: {status}").into());
        }
        if run > 0 {
            measured.times.push(took);
            let peak = shell::read_text(report.path())?;
            measured.peak = measured.peak.max(peak.trim().parse()?);
        }
    }
    measured.times.sort();
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_shown_first() {
        let measured = Measured {
            times: [10, 20, 700].map(Duration::from_millis).into(),
            peak: 41_000,
        };
        assert_eq!(measured.cells(), "| 0.02 s | 0.01–0.70 s | 42 MB |");
    }
}
