//! Boots one guest in qemu's software emulation (KVM is never used, so this works inside any
//! machine), shows its console, and takes its report.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Result, shell};

/// One boot.
pub(crate) struct Boot<'a> {
    /// The kernel image.
    pub(crate) kernel: &'a Path,
    /// More for the kernel's command line.
    pub(crate) command_line: &'a str,
    /// The root, a cpio archive.
    pub(crate) root: &'a Path,
    /// Where the console's log, the report and `out/` go; emptied first.
    pub(crate) dir: &'a Path,
    /// After this long the guest is ended.
    pub(crate) timeout: Duration,
    /// What each line of the console is shown behind.
    pub(crate) prefix: String,
}

impl Boot<'_> {
    /// Runs the guest to its end; its /out is then in `dir/out`.
    ///
    /// # Errors
    /// When the guest's job failed, it ran out of time, or it ended without a report.
    pub(crate) fn run(&self) -> Result<PathBuf> {
        shell::remove_dir(self.dir)?;
        shell::create_dir(self.dir)?;
        let log = self.dir.join("console.log");
        let report = self.dir.join("report");
        let mut qemu = self.start(&report)?;
        let console = follow_console(&mut qemu, &log, self.prefix.clone())?;
        let in_time = wait(&mut qemu, self.timeout)?;
        // The pipe is closed now that qemu is gone, so the copy ends too.
        let _ = console.join();
        if !in_time {
            return Err(format!(
                "the guest was ended after {} s without having finished\nits console ends with:\n{}",
                self.timeout.as_secs(),
                tail(&log)
            )
            .into());
        }
        self.take_report(&report, &log)
    }

    fn start(&self, report: &Path) -> Result<Child> {
        // panic=-1 with -no-reboot: a panic ends qemu at once, without a report. no_timer_check: on a busy
        // machine the timer is late, which the kernel takes for a timer that does not work.
        let append = format!(
            "console=ttyS0 quiet panic=-1 no_timer_check rdinit=/init {}",
            self.command_line
        );
        let mut command = Command::new("qemu-system-x86_64");
        command
            .args([
                "-accel",
                "tcg,thread=multi",
                "-smp",
                "2",
                "-cpu",
                "max",
                "-m",
                "1024",
            ])
            .args([
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-no-reboot",
            ])
            .args([
                "-chardev",
                "stdio,id=console,signal=off",
                "-serial",
                "chardev:console",
            ])
            .arg("-chardev")
            .arg(format!("file,id=report,path={}", report.display()))
            .args(["-serial", "chardev:report"])
            .arg("-kernel")
            .arg(self.kernel)
            .arg("-initrd")
            .arg(self.root)
            .args(["-append", append.trim_end()]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|err| format!("cannot start qemu-system-x86_64: {err}").into())
    }

    fn take_report(&self, report: &Path, log: &Path) -> Result<PathBuf> {
        let bytes = shell::read(report)?;
        let Some((archive, code)) = split_report(&bytes) else {
            return Err(format!(
                "the guest ended without a report (did its kernel panic?)\nits console ends with:\n{}",
                tail(log)
            )
            .into());
        };
        let out = self.dir.join("out");
        shell::create_dir(&out)?;
        let tar = self.dir.join("out.tar");
        shell::write(&tar, archive)?;
        shell::output(
            Command::new("tar")
                .arg("-xf")
                .arg(&tar)
                .arg("-C")
                .arg(&out)
                .arg("--no-same-owner"),
        )?;
        match code {
            0 => Ok(out),
            _ => Err(format!("the guest's job ended with exit status {code}").into()),
        }
    }
}

/// Copies the console to the log and, line by line, to stdout while the guest runs.
fn follow_console(
    qemu: &mut Child,
    log: &Path,
    prefix: String,
) -> Result<std::thread::JoinHandle<()>> {
    let console = qemu.stdout.take().ok_or("qemu has no stdout")?;
    let mut log = std::fs::File::create(log)?;
    Ok(std::thread::spawn(move || {
        let mut console = BufReader::new(console);
        let mut line = Vec::new();
        while let Ok(1..) = console.read_until(b'\n', &mut line) {
            line.retain(|byte| *byte != b'\r');
            let _ = log.write_all(&line);
            let shown = [prefix.as_bytes(), &line].concat();
            // Nobody reading our stdout is no reason to end the guest.
            let _ = std::io::stdout().write_all(&shown);
            line.clear();
        }
    }))
}

/// Whether qemu ended by itself; it has ended in any case.
fn wait(qemu: &mut Child, timeout: Duration) -> Result<bool> {
    let end = Instant::now() + timeout;
    while Instant::now() < end {
        if qemu.try_wait()?.is_some() {
            return Ok(true);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    qemu.kill()?;
    qemu.wait()?;
    Ok(false)
}

/// The archive and the exit status; `None` if the last line is not there.
fn split_report(report: &[u8]) -> Option<(&[u8], i32)> {
    let line = report.strip_suffix(b"\n")?;
    let start = line.iter().rposition(|byte| *byte == b'\n')?;
    let code = line[start + 1..].strip_prefix(b"exit ")?;
    Some((
        &report[..start],
        std::str::from_utf8(code).ok()?.parse().ok()?,
    ))
}

fn tail(log: &Path) -> String {
    const LINES: usize = 30;
    let text = std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let text = text.unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_report_counts() {
        assert_eq!(
            split_report(b"tar\n\0\0\nexit 7\n"),
            Some((b"tar\n\0\0".as_slice(), 7))
        );
        assert_eq!(split_report(b"\nexit 0\n"), Some((b"".as_slice(), 0)));
        assert_eq!(split_report(b""), None);
        assert_eq!(split_report(b"tar bytes\nexit 1"), None);
        assert_eq!(split_report(b"tar bytes\n"), None);
    }
}
