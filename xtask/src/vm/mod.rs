//! `cargo xtask vm`: runs programs on real kernels, in qemu guests.
//!
//! A kernel is fetched ([`kernel`], from [`mirror`]'s place), a root is filled ([`root`], packed by
//! [`cpio`]), and each kernel boots it ([`qemu`]). Everything lies below `.vm/` in the checkout:
//! `kernels/SERIES` stays, `run/SERIES` has the console's log and the guest's /out of the last run.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::{Result, shell};
use kernel::{KERNELS, Kernel};
use qemu::Boot;
use root::Root;

mod cpio;
mod kernel;
mod mirror;
mod qemu;
mod root;

/// Boot guests with real kernels and run the live tests, or a command, in them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A kernel series, once or more; all of them by default
    #[arg(long = "kernel", value_name = "SERIES", value_delimiter = ',', value_parser = series)]
    kernels: Vec<&'static Kernel>,

    /// A file, folder or program of this machine to have in the guest, as HOST=GUEST; a
    /// program's libraries come along
    #[arg(long = "add", value_name = "HOST=GUEST", value_parser = pair)]
    add: Vec<(PathBuf, String)>,

    /// Ask for newer kernel packages
    #[arg(long)]
    refresh: bool,

    /// Seconds after which a guest is ended
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    timeout: u64,

    /// The command to run in the guest; files that it leaves in /out come back to
    /// .vm/run/SERIES/out
    #[arg(last = true, value_name = "CMD")]
    command: Vec<String>,
}

fn series(text: &str) -> Result<&'static Kernel, String> {
    Kernel::named(text).ok_or_else(|| {
        let known: Vec<&str> = KERNELS.iter().map(|kernel| kernel.series).collect();
        format!("the series are {}", known.join(", "))
    })
}

fn pair(text: &str) -> Result<(PathBuf, String), String> {
    match text.split_once('=') {
        Some((host, guest)) if guest.starts_with('/') => Ok((host.into(), guest.to_owned())),
        _ => Err("expected HOST=GUEST, GUEST being an absolute path".to_owned()),
    }
}

/// Runs the chore.
pub(crate) fn run(args: &Args) -> Result<()> {
    need_packages()?;
    if args.command.is_empty() {
        return Err("give a command after `--`".into());
    }
    let mut root = Root::new(&job(&args.command))?;
    for (host, guest) in &args.add {
        if is_program(host) {
            root.program(host, guest)?
        } else {
            root.copy(host, guest)?
        }
    }
    let home = shell::root().join(".vm");
    let archive = home.join("root.cpio");
    shell::write(&archive, root.to_bytes())?;

    let all: Vec<&Kernel> = KERNELS.iter().collect();
    let kernels = if args.kernels.is_empty() {
        &all
    } else {
        &args.kernels
    };
    let mut summary = Summary::default();
    for kernel in kernels {
        let start = Instant::now();
        let result = boot(kernel, &home, &archive, args);
        summary.add(kernel, result, start.elapsed());
    }
    summary.finish()
}

/// Boots one kernel; returns the package it came from.
fn boot(kernel: &Kernel, home: &Path, root: &Path, args: &Args) -> Result<String> {
    let image = kernel.image(&home.join("kernels"), args.refresh)?;
    println!("=== kernel {kernel} ({})", image.package);
    let boot = Boot {
        kernel: &image.path,
        command_line: kernel.command_line,
        root,
        dir: &home.join("run").join(kernel.series),
        timeout: Duration::from_secs(args.timeout),
    };
    boot.run()?;
    Ok(image.package)
}

/// The command as a shell script.
fn job(command: &[String]) -> String {
    let words: Vec<String> = command
        .iter()
        .map(|word| format!("'{}'", word.replace('\'', r"'\''")))
        .collect();
    format!("exec {}\n", words.join(" "))
}

fn is_program(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"))
}

/// Says in one sentence what apt should install.
fn need_packages() -> Result<()> {
    let needed = [
        ("qemu-system-x86", "/usr/bin/qemu-system-x86_64"),
        ("busybox-static", "/bin/busybox"),
        ("binutils", "/usr/bin/strip"),
    ];
    let missing: Vec<&str> = needed
        .iter()
        .filter(|(_, file)| !Path::new(file).exists())
        .map(|(name, _)| *name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    Err(format!("guests need packages that are not installed: apt-get install {names}").into())
}

/// What each kernel's run came to.
#[derive(Default)]
struct Summary {
    lines: Vec<String>,
    failures: usize,
}

impl Summary {
    fn add(&mut self, kernel: &Kernel, result: Result<String>, took: Duration) {
        let (word, detail) = match result {
            Ok(package) => ("ok", package),
            Err(err) => {
                self.failures += 1;
                eprintln!("kernel {kernel}: {err}");
                let text = err.to_string();
                ("FAILED", text.lines().next().unwrap_or_default().to_owned())
            }
        };
        self.lines.push(format!(
            "{kernel:<5} {word:<6} {:>4} s  {detail}",
            took.as_secs()
        ));
    }

    fn finish(self) -> Result<()> {
        println!("\n{}", self.lines.join("\n"));
        match self.failures {
            0 => Ok(()),
            failures => Err(format!("{failures} of {} kernels failed", self.lines.len()).into()),
        }
    }
}
