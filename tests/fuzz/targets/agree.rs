//! The grammar and the parser that recovers: one language.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assize_lang::syntax::fuzz::agree(bytes));
