//! What single standard rules are for, where no program of a guest's shell does it, and beside each what only
//! looks like it. guest/standard-rules.sh calls the steps by name.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};
use std::thread;

use tracee_guest::memory::{self, Rights, Waiting};
use tracee_guest::{Step, process};

const STEPS: &[Step] = &[
    Step::new("stdio-over-socket", shell_on_a_socket),
    Step::new("stdio-replaced", shell_over_a_socket),
    Step::new("other-over-socket", ask_over_a_socket),
    Step::new("local-stdio", shell_over_a_local_socket),
    Step::new("dynamic-code", write_and_run_at_once),
    Step::new("unpacked-code", write_close_and_run),
    Step::new("compiled-code", write_then_run),
    Step::new("ptrace-injection", write_as_a_debugger),
    Step::new("ptrace-look", read_as_a_debugger),
    Step::new("vm-write", write_from_afar),
    Step::new("vm-read", read_from_afar),
    Step::new("runtime-socket", connect_to_a_runtime),
    Step::new("other-socket", connect_to_no_runtime),
];

/// Fixed, so that every run has the same arguments.
const SHELL_PORT: u16 = 8934;
const TALK_PORT: u16 = 8935;
/// Where Docker's would be if it were mounted there.
const RUNTIME: &str = "/tmp/docker.sock";
const OTHER: &str = "/tmp/docker.sock.old";
/// What is written into other processes: they end with it as their status.
const STATUS: u64 = 7;

fn main() -> ExitCode {
    tracee_guest::main(STEPS)
}

/// A shell whose standard input is the connection itself; that of its output and errors was moved there.
fn shell_on_a_socket() -> io::Result<String> {
    talk_to_a_shell(process::run_on_socket)
}

/// A shell whose three streams are a connection that was made elsewhere.
fn shell_over_a_socket() -> io::Result<String> {
    talk_to_a_shell(process::run_over_socket)
}

fn talk_to_a_shell(
    start: fn(Command, SocketAddrV4) -> io::Result<ExitStatus>,
) -> io::Result<String> {
    let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, SHELL_PORT);
    let listener = TcpListener::bind(address)?;
    let attacker = thread::spawn(move || {
        let (mut shell, _) = listener.accept()?;
        shell.write_all(b"echo over the net; exit\n")?;
        let mut said = String::new();
        shell.read_to_string(&mut said).map(|_| said)
    });
    start(Command::new("/bin/sh"), address)?;
    let said = attacker
        .join()
        .map_err(|_| io::Error::other("the listener panicked"))??;
    Ok(format!("a shell said {:?}", said.trim_end()))
}

/// The same address family and calls; the standard streams stay what they are.
fn ask_over_a_socket() -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, TALK_PORT))?;
    let service = thread::spawn(move || listener.accept()?.0.write_all(b"hello"));
    let mut answer = String::new();
    TcpStream::connect((Ipv4Addr::LOCALHOST, TALK_PORT))?.read_to_string(&mut answer)?;
    service
        .join()
        .map_err(|_| io::Error::other("the service panicked"))??;
    Ok(format!("the service said {answer:?}"))
}

/// A shell that is asked the same by this program, over a connection that never leaves it.
fn shell_over_a_local_socket() -> io::Result<String> {
    let (mut here, there) = UnixStream::pair()?;
    let stream = |socket: &UnixStream| socket.try_clone().map(OwnedFd::from);
    let mut shell = Command::new("/bin/sh")
        .stdin(stream(&there)?)
        .stdout(stream(&there)?)
        .stderr(stream(&there)?)
        .spawn()?;
    drop(there);
    here.write_all(b"echo over a socket; exit\n")?;
    let mut said = String::new();
    here.read_to_string(&mut said)?;
    shell.wait()?;
    Ok(format!("a shell said {:?}", said.trim_end()))
}

fn write_and_run_at_once() -> io::Result<String> {
    let answer = memory::run_code(Rights::Both)?;
    right(answer, memory::ANSWER, "code in writable memory")
}

fn write_close_and_run() -> io::Result<String> {
    let answer = memory::run_code(Rights::BothThenClosed)?;
    right(answer, memory::ANSWER, "code in memory that was closed")
}

fn write_then_run() -> io::Result<String> {
    let answer = memory::run_code(Rights::OneThenTheOther)?;
    right(answer, memory::ANSWER, "code in memory that was writable")
}

fn write_as_a_debugger() -> io::Result<String> {
    let victim = Waiting::start()?;
    victim.poke(STATUS)?;
    right(victim.status()?, STATUS as i32, "a traced process")
}

fn read_as_a_debugger() -> io::Result<String> {
    let number = Waiting::start()?.peek()?;
    Ok(format!("a traced process has {number}"))
}

fn write_from_afar() -> io::Result<String> {
    let victim = Waiting::start()?;
    victim.write(STATUS)?;
    right(victim.status()?, STATUS as i32, "another process")
}

fn read_from_afar() -> io::Result<String> {
    let number = Waiting::start()?.read()?;
    memory::write_own(STATUS)?;
    Ok(format!(
        "another process has {number}, this one wrote to itself"
    ))
}

fn connect_to_a_runtime() -> io::Result<String> {
    connect_to(Path::new(RUNTIME))
}

fn connect_to_no_runtime() -> io::Result<String> {
    connect_to(Path::new(OTHER))
}

fn connect_to(path: &Path) -> io::Result<String> {
    // Of an earlier run that was ended.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    let service = thread::spawn(move || listener.accept()?.0.write_all(b"[]"));
    let mut answer = String::new();
    UnixStream::connect(path)?.read_to_string(&mut answer)?;
    service
        .join()
        .map_err(|_| io::Error::other("the service panicked"))??;
    std::fs::remove_file(path)?;
    Ok(format!("{} said {answer:?}", path.display()))
}

fn right(found: i32, expected: i32, what: &str) -> io::Result<String> {
    match found == expected {
        true => Ok(format!("{what} came to {found}")),
        false => Err(io::Error::other(format!("{what} came to {found}"))),
    }
}
