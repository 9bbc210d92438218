//! Steps of a rootkit, for guests only: elsewhere there is nothing to make its modules of.
//! guest/standard-rules.sh calls them by name.

#![expect(unsafe_code, reason = "no library loads modules")]

use std::io;
use std::process::ExitCode;

use tracee_guest::{Step, rootkit};

const STEPS: &[Step] = &[
    Step::new("hook", change_tables),
    Step::new("hide", hide),
    Step::new("show", show_again),
];

fn main() -> ExitCode {
    tracee_guest::main(STEPS)
}

/// The module llc must be there.
fn change_tables() -> io::Result<String> {
    load(&rootkit::hooking("hooks")?)?;
    Ok(format!("three tables point to {}", rootkit::TARGET))
}

fn hide() -> io::Result<String> {
    load(&rootkit::hiding("hidden")?)?;
    Ok("nobody sees it".to_owned())
}

fn show_again() -> io::Result<String> {
    load(&rootkit::showing("shows", "hidden")?)?;
    Ok("everybody sees it".to_owned())
}

fn load(module: &[u8]) -> io::Result<()> {
    // SAFETY: the kernel reads so many bytes from there, and an empty string.
    let result = unsafe {
        libc::syscall(
            libc::SYS_init_module,
            module.as_ptr(),
            module.len(),
            c"".as_ptr(),
        )
    };
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
