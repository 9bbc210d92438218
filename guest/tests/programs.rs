//! Both programs do all their steps on any Linux, as any user.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

/// The programs use fixed ports and files, so one runs at a time, also between test runs.
fn run(program: &str, steps: &[&str]) -> std::io::Result<Output> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(folder)?;
    let turn = File::create(folder.join("guest-programs.lock"))?;
    turn.lock()?;
    Command::new(program).args(steps).output()
}

#[test]
fn the_attack_chain_does_every_step() {
    let output = run(env!("CARGO_BIN_EXE_attack-chain"), &[]).unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let steps: Vec<&str> = stdout
        .lines()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(
        steps,
        [
            "download",
            "shadow",
            "preload",
            "anti-debugging",
            "fileless",
            "reverse-shell"
        ]
    );
    assert!(
        stdout.contains("a shell over 127.0.0.1:4444 said \"uid="),
        "{stdout}"
    );
}

#[test]
fn the_benign_twin_does_every_step() {
    let output = run(env!("CARGO_BIN_EXE_benign"), &[]).unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(stdout.lines().count(), 7, "{stdout}");
}

#[test]
fn an_unknown_step_is_an_error_that_names_the_known_ones() {
    let output = run(env!("CARGO_BIN_EXE_benign"), &["hostname", "nap"]).unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("no step `nap`; there are download, hostname"),
        "{stderr}"
    );
}

#[test]
fn every_technique_and_what_looks_like_it_works() {
    let output = run(env!("CARGO_BIN_EXE_techniques"), &[]).unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        stdout,
        "stdio-over-socket: a shell said \"over the net\"\n\
         stdio-replaced: a shell said \"over the net\"\n\
         other-over-socket: the service said \"hello\"\n\
         local-stdio: a shell said \"over a socket\"\n\
         dynamic-code: code in writable memory came to 42\n\
         unpacked-code: code in memory that was closed came to 42\n\
         compiled-code: code in memory that was writable came to 42\n\
         ptrace-injection: a traced process came to 7\n\
         ptrace-look: a traced process has 0\n\
         vm-write: another process came to 7\n\
         vm-read: another process has 0, this one wrote to itself\n\
         runtime-socket: /tmp/docker.sock said \"[]\"\n\
         other-socket: /tmp/docker.sock.old said \"[]\"\n"
    );
}
