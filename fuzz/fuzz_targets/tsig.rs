//! Fuzzes [`nameward_fuzz::tsig`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::tsig::body(data));
