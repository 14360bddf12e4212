//! Fuzzes [`nameward_fuzz::round_trip`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::round_trip::body(data));
