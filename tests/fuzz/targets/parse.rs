//! Items to trees: a tree or a diagnostic, and every place inside the text.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assize_lang::syntax::fuzz::parse(bytes));
