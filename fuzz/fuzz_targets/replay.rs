//! See `tracee_fuzz::replay`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tracee_fuzz::run(tracee_fuzz::replay, data));
