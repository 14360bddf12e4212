//! Fuzzes [`nameward_fuzz::edns`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::edns::body(data));
