//! What is claimed of every input: [`parse`], [`format`], [`check`] and [`replay`] panic where it does not hold.
//! `cargo xtask fuzz` looks for such inputs with libFuzzer (`fuzz_targets/` is one line each);
//! `tests/regressions.rs` tries those that were found once.
//!
//! - [`text`]: any text is checked, [`layout`]: formatting changes no more than the layout,
//!   [`evaluation`]: all that evaluate agree, [`replays`]: any file is replayed or refused
//! - [`policies`] makes policies of choices, [`samples`] events

#![expect(clippy::panic, reason = "that is how a target says what it found")]

mod evaluation;
mod layout;
mod policies;
mod replays;
// Events as the compiler's own tests have them.
#[path = "../../compiler/tests/compiler/samples.rs"]
#[expect(clippy::unwrap_used, reason = "it is of tests")]
mod samples;
mod text;

use std::ffi::OsStr;

pub use policies::made_of;

/// A claim of every input.
pub type Target = fn(&[u8]);

/// All of them by their names.
pub const TARGETS: &[(&str, Target)] = &[
    ("parse", parse),
    ("format", format),
    ("check", check),
    ("replay", replay),
];

/// If set, each input is written there before it is tried: an overflow of the stack ends the process
/// before libFuzzer can keep the input.
pub const LAST_INPUT: &str = "TRACEE_FUZZ_LAST_INPUT";

/// Tries an input.
pub fn run(target: Target, data: &[u8]) {
    if let Some(path) = std::env::var_os(LAST_INPUT) {
        keep(&path, data);
    }
    target(data);
}

fn keep(path: &OsStr, data: &[u8]) {
    if let Err(err) = std::fs::write(path, data) {
        panic!("cannot write {}: {err}", path.display());
    }
}

/// Any text is parsed and checked: no panic, places within the text, and not more work than its length
/// allows.
pub fn parse(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        text::is_checked(text);
    }
}

/// Formatting changes how a text is laid out and nothing else.
pub fn format(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        layout::only_changes(text);
    }
}

/// What type-checks is evaluated without fail, and to the same by the interpreter, by machine code and
/// (never too narrowly) by the kernel's tables. Data that begins with a NUL, which no policy does, is
/// made into a policy that mostly type-checks; other data is one.
pub fn check(data: &[u8]) {
    match data.split_first() {
        Some((0, choices)) => evaluation::agrees(&policies::made_of(choices)),
        _ => {
            if let Ok(text) = std::str::from_utf8(data) {
                evaluation::agrees(text);
            }
        }
    }
}

/// A file to replay is read in bounds and as the same however it comes, and what policies say of it is JSON. Data that
/// begins with a NUL, which no such file does, is the records of a recording of today's events.
pub fn replay(data: &[u8]) {
    match data.split_first() {
        Some((0, records)) => replays::are_records(records),
        _ => replays::is_read(data),
    }
}
