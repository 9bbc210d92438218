//! Makes system calls as fast as it can or at a rate, for measurements: `openat-load COUNT REPORT [WHAT [RATE]]` makes
//! COUNT of them, RATE each second if it is given, and writes into the file REPORT when it was started (nanoseconds
//! since the epoch) and how long all took (nanoseconds). WHAT is
//!
//! - `absent`, or nothing: opens `/nowhere/wanted/N` and `/nowhere/other/N` in turns, which are not there;
//! - `long`: opens a path of 200 bytes that is not there;
//! - `present`: opens itself;
//! - `exec`: asks for a program that is not there, with 4 arguments of 32 bytes;
//! - `soak`: starts [`REMEMBERED`] processes that end at once, makes the file REPORT, then opens `/nowhere/wanted/N`, and
//!   starts another such process with each thousandth.

#![expect(clippy::print_stderr, reason = "it says what is wrong")]
#![expect(
    unsafe_code,
    reason = "the standard library makes more calls than execve, and has no fork"
)]

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// More processes than tracee remembers: its memory grows until it has as many.
const REMEMBERED: u64 = 70_000;
/// How long calls at a rate are collected that are then made one after the other.
const TICK: Duration = Duration::from_millis(1);

fn main() -> ExitCode {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let began = since.map_or(0, |since| since.as_nanos());
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (count, report, what, rate) = match &arguments[..] {
        [count, report] => (count.parse::<u64>().ok(), report, "absent", Some(0)),
        [count, report, what] => (count.parse::<u64>().ok(), report, what.as_str(), Some(0)),
        [count, report, what, rate] => {
            let rate = rate.parse::<u64>().ok().filter(|rate| *rate > 0);
            (count.parse::<u64>().ok(), report, what.as_str(), rate)
        }
        _ => (None, &String::new(), "", None),
    };
    let make: Option<fn(Range<u64>)> = match what {
        "absent" => Some(absent),
        "long" => Some(|calls| open(calls, &format!("/nowhere/{}", "long".repeat(48)))),
        "present" => Some(|calls| open(calls, "/proc/self/exe")),
        "exec" => Some(execute),
        "soak" => Some(soak),
        _ => None,
    };
    let (Some(count), Some(make), Some(rate)) = (count, make, rate) else {
        eprintln!("usage: openat-load COUNT REPORT [absent|long|present|exec|soak [RATE]]");
        return ExitCode::FAILURE;
    };
    if what == "soak" {
        (0..REMEMBERED).for_each(|_| start_process());
        if let Err(error) = File::create(report) {
            eprintln!("openat-load: {report}: {error}");
            return ExitCode::FAILURE;
        }
    }
    let begin = Instant::now();
    match rate {
        0 => make(0..count),
        _ => paced(count, rate, make),
    }
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

/// Makes so many calls each second. Those that other work on the machine held up are made as soon as they can be.
fn paced(count: u64, rate: u64, make: fn(Range<u64>)) {
    let begin = Instant::now();
    let mut made = 0;
    while made < count {
        let due = begin.elapsed().as_nanos() * u128::from(rate) / 1_000_000_000;
        let due = u64::try_from(due).unwrap_or(u64::MAX).min(count);
        make(made..due);
        made = due;
        std::thread::sleep(TICK);
    }
}

fn absent(calls: Range<u64>) {
    let mut paths = [b"/nowhere/wanted/".to_vec(), b"/nowhere/other/".to_vec()];
    let ends = paths.each_ref().map(Vec::len);
    for number in calls {
        let at = (number % 2) as usize;
        let path = &mut paths[at];
        path.truncate(ends[at]);
        // A Vec takes everything; and there is no such file.
        let _ = write!(path, "{}", number / 2);
        let _ = File::open(OsStr::from_bytes(path));
    }
}

fn soak(calls: Range<u64>) {
    for number in calls {
        let _ = File::open(format!("/nowhere/wanted/{number}"));
        if number % 1_000 == 0 {
            start_process();
        }
    }
}

/// Starts a process that ends at once, and waits for that.
fn start_process() {
    // SAFETY: there is one thread; the child makes no call but that which ends it.
    unsafe {
        match libc::fork() {
            0 => libc::_exit(0),
            child => {
                // It fails if there is no child, as fork then did.
                libc::waitpid(child, std::ptr::null_mut(), 0);
            }
        }
    }
}

fn open(calls: Range<u64>, path: &str) {
    for _ in calls {
        let _ = File::open(path);
    }
}

fn execute(calls: Range<u64>) {
    let argument = CString::new("argument".repeat(4)).unwrap_or_default();
    let mut arguments = [argument.as_ptr(); 5];
    arguments[4] = std::ptr::null();
    for _ in calls {
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
