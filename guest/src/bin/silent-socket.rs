//! `silent-socket PATH`: listens there, and never answers anybody: a daemon that hangs.

use std::os::unix::net::UnixListener;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        return ExitCode::from(2);
    };
    let Ok(_listener) = UnixListener::bind(path) else {
        return ExitCode::FAILURE;
    };
    loop {
        std::thread::park();
    }
}
