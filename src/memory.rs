//! Giving memory back that only starting needed: a run that goes on for months stays as small as it can be.

#![expect(
    unsafe_code,
    reason = "the allocator and madvise(2): each use says why it is sound"
)]

use std::ffi::{c_int, c_long};
use std::fs;

// Of mimalloc.
unsafe extern "C" {
    /// Gives back what is free, all of it if `force`.
    fn mi_collect(force: bool);
    fn mi_option_get(option: c_int) -> c_long;
    fn mi_option_set(option: c_int, value: c_long);
}

/// `mi_option_purge_delay`: the milliseconds after which what is free is given back.
const DELAY: c_int = 15;

/// Something among this program's constants.
const CONSTANT: &str = "/proc/self/maps";

/// Gives back what is free of the heap, and the pages of this program's code and constants, of which starting needed
/// most: those that are needed again come from the system's cache of the file.
pub(crate) fn give_back() {
    // SAFETY: it may be called at any time, and moves nothing that is in use.
    unsafe { mi_collect(true) };
    let maps = fs::read_to_string(CONSTANT).unwrap_or_default();
    let places = [
        (give_back as fn() as usize, "r-xp"),
        (CONSTANT.as_ptr().addr(), "r--p"),
    ];
    for (place, rights) in places {
        let mut lines = maps.lines();
        let Some((start, end)) = lines.find_map(|line| of_file(line, place, rights)) else {
            continue;
        };
        let address = std::ptr::without_provenance_mut(start);
        // SAFETY: these are whole pages of the program's file, into which nobody ever wrote: addresses, which are
        // written when it starts, are not where code and texts are. They come back as they were.
        unsafe { libc::madvise(address, end - start, libc::MADV_DONTNEED) };
    }
}

/// Does work that needs much memory for a moment, and most of it not at the same time: what is free is given back after
/// a millisecond meanwhile. What takes the same memory again and again would be slower by that.
pub(crate) fn sparingly<T>(work: impl FnOnce() -> T) -> T {
    let before = delay();
    set_delay(1);
    let made = work();
    set_delay(before);
    made
}

fn delay() -> c_long {
    // SAFETY: it may be called at any time.
    unsafe { mi_option_get(DELAY) }
}

fn set_delay(delay: c_long) {
    // SAFETY: it may be called at any time; an option is a word, which is read when memory is freed.
    unsafe { mi_option_set(DELAY, delay) };
}

/// Where a line of /proc/PID/maps begins and ends, if it is a file's, mapped with these rights, and has this address.
fn of_file(line: &str, address: usize, rights: &str) -> Option<(usize, usize)> {
    let mut words = line.split_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let start = usize::from_str_radix(start, 16).ok()?;
    let end = usize::from_str_radix(end, 16).ok()?;
    let is_it = words.next()? == rights && words.nth(3).is_some_and(|name| name.starts_with('/'));
    (is_it && (start..end).contains(&address)).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_written_to_stays() {
        let code = |line: &str, address| of_file(line, address, "r-xp");
        let line = "7f00-7fff r-xp 00001000 08:01 42                         /usr/bin/tracee";
        assert_eq!(code(line, 0x7f10), Some((0x7f00, 0x7fff)));
        assert_eq!(code(line, 0x7fff), None);
        assert_eq!(code(&line.replace("r-xp", "rwxp"), 0x7f10), None);
        assert_eq!(code("7f00-7fff r-xp 00001000 00:00 0 ", 0x7f10), None);
    }

    #[test]
    fn memory_is_kept_for_a_while_again_after_sparing_it() {
        assert_eq!(delay(), 10);
        assert_eq!(sparingly(delay), 1);
        assert_eq!(delay(), 10);
    }

    #[test]
    fn what_was_given_back_still_runs() {
        let text = vec![String::from("as it was"); 1000];
        give_back();
        assert!(text.iter().all(|text| text == "as it was"));
    }
}
