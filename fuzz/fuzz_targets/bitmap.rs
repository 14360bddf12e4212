//! Fuzzes [`nameward_fuzz::bitmap`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::bitmap::body(data));
