//! Fuzzes [`nameward_fuzz::respond`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::respond::body(data));
