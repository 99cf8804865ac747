//! Any bytes to any connector: facts that fit the model, or an error.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assize_ingest::fuzz::read(bytes));
