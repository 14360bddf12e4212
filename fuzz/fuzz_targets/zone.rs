//! Fuzzes [`nameward_fuzz::zone`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::zone::body(data));
