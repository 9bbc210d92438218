//! See `tracee_fuzz::check`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tracee_fuzz::run(tracee_fuzz::check, data));
