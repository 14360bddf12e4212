//! Fuzzes [`nameward_fuzz::rdata_text`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::rdata_text::body(data));
