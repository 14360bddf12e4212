//! Fuzzes [`nameward_fuzz::requester`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::requester::body(data));
