//! Fuzzes [`nameward_fuzz::versions`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::versions::body(data));
