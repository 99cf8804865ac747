//! What callers point at, checked as far as it can be.

use std::ffi::{CStr, c_char};

use crate::status::Failure;
use crate::types::Status;

fn null(what: &str) -> Failure {
    Failure::new(Status::Argument, format!("`{what}` is null"))
}

fn utf8<'a>(what: &str, bytes: &'a [u8]) -> Result<&'a str, Failure> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Failure::new(Status::Argument, format!("`{what}` is not UTF-8 from byte {at} on"))
    })
}

/// A thing that is only read.
///
/// # Safety
/// `at` is null, or points at a `T` that nobody changes meanwhile.
pub unsafe fn shared<'a, T>(what: &str, at: *const T) -> Result<&'a T, Failure> {
    // SAFETY: as the caller promises.
    unsafe { at.as_ref() }.ok_or_else(|| null(what))
}

/// A thing that is changed.
///
/// # Safety
/// `at` is null, or points at a `T` that nobody else uses meanwhile.
pub unsafe fn unique<'a, T>(what: &str, at: *mut T) -> Result<&'a mut T, Failure> {
    // SAFETY: as the caller promises.
    unsafe { at.as_mut() }.ok_or_else(|| null(what))
}

/// A text that ends with a zero byte.
///
/// # Safety
/// `at` is null, or points at a text that ends with a zero byte and that nobody changes meanwhile.
pub unsafe fn text<'a>(what: &str, at: *const c_char) -> Result<&'a str, Failure> {
    if at.is_null() {
        return Err(null(what));
    }
    // SAFETY: it is not null, and the rest is as the caller promises.
    utf8(what, unsafe { CStr::from_ptr(at) }.to_bytes())
}

/// A text of so many bytes; of none, it may be null.
///
/// # Safety
/// `at` is null, or points at `length` bytes that nobody changes meanwhile.
pub unsafe fn sized<'a>(what: &str, at: *const c_char, length: usize) -> Result<&'a str, Failure> {
    // SAFETY: as the caller promises.
    let bytes = unsafe { slice(what, at.cast::<u8>(), length) }?;
    utf8(what, bytes)
}

/// So many things; of none, it may be null.
///
/// # Safety
/// `at` is null, or points at `length` things that nobody changes meanwhile.
pub unsafe fn slice<'a, T>(what: &str, at: *const T, length: usize) -> Result<&'a [T], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    if at.is_null() {
        return Err(null(what));
    }
    let bytes = length.checked_mul(size_of::<T>()).and_then(|bytes| isize::try_from(bytes).ok());
    if bytes.is_none() {
        return Err(Failure::new(Status::Argument, format!("`{what}` is longer than memory")));
    }
    // SAFETY: it is not null and no longer than memory, and the rest is as the caller promises.
    Ok(unsafe { std::slice::from_raw_parts(at, length) })
}

/// Hands a new thing out.
///
/// # Safety
/// `out` is null, or points at room for a pointer.
pub unsafe fn give<T>(out: *mut *mut T, make: impl FnOnce() -> Result<T, Failure>) -> Result<(), Failure> {
    if out.is_null() {
        return Err(null("out"));
    }
    // SAFETY: it is not null, and the rest is as the caller promises.
    unsafe { out.write(std::ptr::null_mut()) };
    let made = Box::into_raw(Box::new(make()?));
    // SAFETY: as above.
    unsafe { out.write(made) };
    Ok(())
}

/// Frees what [`give`] handed out.
///
/// # Safety
/// `at` is null, or came from [`give`] and is used no more.
pub unsafe fn take_back<T>(at: *mut T) {
    if !at.is_null() {
        // SAFETY: it came from a box, and nobody uses it any more.
        drop(unsafe { Box::from_raw(at) });
    }
}

/// Writes a value out; where there is no room for one, nothing.
///
/// # Safety
/// `out` is null, or points at room for a `T`.
pub unsafe fn write_some<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: it is not null, and the rest is as the caller promises.
        unsafe { out.write(value) };
    }
}

/// Writes a value out.
///
/// # Safety
/// `out` is null, or points at room for a `T`.
pub unsafe fn write<T>(what: &str, out: *mut T, value: T) -> Result<(), Failure> {
    if out.is_null() {
        return Err(null(what));
    }
    // SAFETY: it is not null, and the rest is as the caller promises.
    unsafe { out.write(value) };
    Ok(())
}
