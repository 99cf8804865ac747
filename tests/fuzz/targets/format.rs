//! One style: formatted twice is formatted once, and nothing but blanks changes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assize_lang::syntax::fuzz::format(bytes));
