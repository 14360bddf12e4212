//! Fuzzes [`nameward_fuzz::signatures`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::signatures::body(data));
