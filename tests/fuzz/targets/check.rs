//! Texts to plans: diagnostics that can be drawn, names at any place, lone expressions.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assize_lang::syntax::fuzz::check(bytes));
