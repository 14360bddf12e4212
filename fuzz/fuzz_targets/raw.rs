//! Fuzzes [`nameward_fuzz::raw`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::raw::body(data));
