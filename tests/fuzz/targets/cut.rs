//! Texts to items: every token in exactly one.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assize_lang::syntax::fuzz::cut(bytes));
