//! Makes system calls as fast as it can, for measurements: `openat-load COUNT REPORT [WHAT]` makes COUNT of
//! them, and writes into the file REPORT when it was started (nanoseconds since the epoch) and how long all took
//! (nanoseconds). WHAT is
//!
//! - `absent`, or nothing: opens `/nowhere/wanted/N` and `/nowhere/other/N` in turns, which are not there;
//! - `long`: opens a path of 200 bytes that is not there;
//! - `present`: opens itself;
//! - `exec`: asks for a program that is not there, with 4 arguments of 32 bytes.

#![expect(clippy::print_stderr, reason = "it says what is wrong")]
#![expect(
    unsafe_code,
    reason = "the standard library makes more calls than execve"
)]

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let began = since.map_or(0, |since| since.as_nanos());
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (count, report, what) = match &arguments[..] {
        [count, report] => (count.parse::<u64>().ok(), report, "absent"),
        [count, report, what] => (count.parse::<u64>().ok(), report, what.as_str()),
        _ => (None, &String::new(), ""),
    };
    let make: Option<fn(u64)> = match what {
        "absent" => Some(absent),
        "long" => Some(|count| open(count, &format!("/nowhere/{}", "long".repeat(48)))),
        "present" => Some(|count| open(count, "/proc/self/exe")),
        "exec" => Some(execute),
        _ => None,
    };
    let (Some(count), Some(make)) = (count, make) else {
        eprintln!("usage: openat-load COUNT REPORT [absent|long|present|exec]");
        return ExitCode::FAILURE;
    };
    let begin = Instant::now();
    make(count);
    let took = begin.elapsed().as_nanos();
    let text = format!("{began} {took}\n");
    match File::create(report).and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("openat-load: {report}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn absent(count: u64) {
    let mut paths = [b"/nowhere/wanted/".to_vec(), b"/nowhere/other/".to_vec()];
    let ends = paths.each_ref().map(Vec::len);
    for number in 0..count {
        let at = (number % 2) as usize;
        let path = &mut paths[at];
        path.truncate(ends[at]);
        // A Vec takes everything; and there is no such file.
        let _ = write!(path, "{}", number / 2);
        let _ = File::open(OsStr::from_bytes(path));
    }
}

fn open(count: u64, path: &str) {
    for _ in 0..count {
        let _ = File::open(path);
    }
}

fn execute(count: u64) {
    let argument = CString::new("argument".repeat(4)).unwrap_or_default();
    let mut arguments = [argument.as_ptr(); 5];
    arguments[4] = std::ptr::null();
    for _ in 0..count {
        // SAFETY: both strings and the array, which ends with a null pointer, live through the call.
        unsafe {
            libc::execve(
                c"/nowhere/program".as_ptr(),
                arguments.as_ptr(),
                std::ptr::null(),
            );
        }
    }
}
