//! Opens files that are not there as fast as it can, for measurements: `openat-load COUNT REPORT` opens
//! `/nowhere/wanted/N` and `/nowhere/other/N` in turns, and writes into the file REPORT when it was started
//! (nanoseconds since the epoch) and how long all took (nanoseconds).

#![expect(clippy::print_stderr, reason = "it says what is wrong")]

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let began = since.map_or(0, |since| since.as_nanos());
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (count, report) = match &arguments[..] {
        [count, report] => (count.parse::<u64>().ok(), report),
        _ => (None, &String::new()),
    };
    let Some(count) = count else {
        eprintln!("usage: openat-load COUNT REPORT");
        return ExitCode::FAILURE;
    };
    let mut paths = [b"/nowhere/wanted/".to_vec(), b"/nowhere/other/".to_vec()];
    let ends = paths.each_ref().map(Vec::len);
    let begin = Instant::now();
    for number in 0..count {
        let at = (number % 2) as usize;
        let path = &mut paths[at];
        path.truncate(ends[at]);
        // A Vec takes everything; and there is no such file.
        let _ = write!(path, "{}", number / 2);
        let _ = File::open(OsStr::from_bytes(path));
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
