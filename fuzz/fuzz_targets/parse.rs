//! See `tracee_fuzz::parse`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tracee_fuzz::run(tracee_fuzz::parse, data));
