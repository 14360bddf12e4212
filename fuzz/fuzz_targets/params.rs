//! Fuzzes [`nameward_fuzz::params`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::params::body(data));
