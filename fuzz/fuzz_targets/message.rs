//! Fuzzes [`nameward_fuzz::message`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::message::body(data));
