//! Fuzzes [`nameward_fuzz::rdata_wire`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::rdata_wire::body(data));
