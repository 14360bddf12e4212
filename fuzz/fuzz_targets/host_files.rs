//! Fuzzes [`nameward_fuzz::host_files`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameward_fuzz::host_files::body(data));
