//! The attack chain's harmless twin: the same system calls, with arguments that everyday programs
//! use. A rule that detects something here is too wide.

use std::fs::{self, Permissions};
use std::io::{self, Read, Seek, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;

use tracee_guest::{Step, http, process};

const STEPS: &[Step] = &[
    Step::new("download", download),
    Step::new("hostname", read_hostname),
    Step::new("environment", environment),
    Step::new("child", child),
    Step::new("memory", memory),
    Step::new("redirect", redirect),
    Step::new("talk", talk),
];

const PAGE: &str = "/tmp/page.html";
const KEPT: &str = "/tmp/kept";
/// Not the attack chain's, so that both can run at once.
const HTTP_PORT: u16 = 8932;
const TALK_PORT: u16 = 8933;

fn main() -> ExitCode {
    tracee_guest::main(STEPS)
}

/// A page, made readable for all, not executable.
fn download() -> io::Result<String> {
    let page = Path::new(PAGE);
    http::download(HTTP_PORT, "page.html", "<p>Nothing to see.</p>\n", page)?;
    fs::set_permissions(page, Permissions::from_mode(0o644))?;
    let length = fs::metadata(page)?.len();
    fs::remove_file(page)?;
    Ok(format!("downloaded {length} bytes"))
}

fn read_hostname() -> io::Result<String> {
    let name = fs::read_to_string("/etc/hostname")?;
    Ok(format!("this is {}", name.trim_end()))
}

fn environment() -> io::Result<String> {
    let status = Command::new("/bin/true").env("LC_ALL", "C").status()?;
    Ok(format!("ran /bin/true with LC_ALL=C: {status}"))
}

fn child() -> io::Result<String> {
    process::idle_child()?;
    Ok("a child came and went".to_owned())
}

/// Scratch space in memory, written and read, never executed.
fn memory() -> io::Result<String> {
    let mut scratch = process::memory_file(c"scratch")?;
    scratch.write_all(b"numbers")?;
    scratch.rewind()?;
    let mut text = String::new();
    scratch.read_to_string(&mut text)?;
    Ok(format!("kept {text:?} in memory"))
}

/// A shell puts a file in the place of its standard output.
fn redirect() -> io::Result<String> {
    let status = Command::new("/bin/sh")
        .args(["-c", "echo kept > /tmp/kept"])
        .status()?;
    let kept = fs::read_to_string(KEPT)?;
    fs::remove_file(KEPT)?;
    Ok(format!("a shell kept {kept:?} in {KEPT}: {status}"))
}

/// A service on the loopback, asked from the same program.
fn talk() -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, TALK_PORT))?;
    let service = thread::spawn(move || listener.accept()?.0.write_all(b"hello"));
    let mut answer = String::new();
    TcpStream::connect((Ipv4Addr::LOCALHOST, TALK_PORT))?.read_to_string(&mut answer)?;
    service
        .join()
        .map_err(|_| io::Error::other("the service panicked"))??;
    Ok(format!("the service said {answer:?}"))
}
