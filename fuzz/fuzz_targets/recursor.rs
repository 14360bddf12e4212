//! Fuzzes [`nameward_fuzz::recursor`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::recursor::body(data));
