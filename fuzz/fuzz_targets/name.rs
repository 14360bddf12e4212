//! Fuzzes [`nameward_fuzz::name`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::name::body(data));
