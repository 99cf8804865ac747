//! How calls end: with a status, and never with a panic.

use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use assize::{BuildError, DecideError, OtherTypes};

use crate::types::Status;

thread_local! {
    static LAST: RefCell<CString> = RefCell::default();
}

/// Why a call failed.
#[derive(Debug)]
pub struct Failure {
    pub status: Status,
    pub message: String,
}

impl Failure {
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        let status = match error {
            BuildError::Read { .. } => Status::Read,
            BuildError::Policies { .. } => Status::Policies,
            BuildError::Tests { .. } => Status::Tests,
            BuildError::Param(_) | BuildError::Signal(_) => Status::Setting,
        };
        Self::new(status, error.told())
    }
}

impl From<DecideError> for Failure {
    fn from(error: DecideError) -> Self {
        Self::new(Status::Request, error.to_string())
    }
}

impl From<OtherTypes> for Failure {
    fn from(error: OtherTypes) -> Self {
        let remedy =
            "make a new engine with them, give it the facts, and hand it to `assize_engine_replace_all`";
        Self::new(Status::Types, format!("{error}: {remedy}"))
    }
}

/// Leaves a message for this thread.
pub fn say(message: &str) {
    // Without zero bytes it is a C string.
    let text = CString::new(message.replace('\0', "\u{fffd}")).unwrap_or_default();
    // A thread that ends has nowhere to leave it.
    let _ = LAST.try_with(|last| *last.borrow_mut() = text);
}

/// Runs a call: what fails leaves its message, and what panics is a failure.
pub fn guard(call: impl FnOnce() -> Result<(), Failure>) -> Status {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => Status::Ok,
        Ok(Err(failure)) => {
            say(&failure.message);
            failure.status
        }
        Err(panic) => {
            say("a bug in the library: it panicked, and what this call was given should not be used further");
            // What was thrown may itself panic when it is let go.
            std::mem::forget(panic);
            Status::Internal
        }
    }
}

/// Runs a call that cannot fail but for a bug: then `otherwise` comes of it.
pub fn guarded<T>(otherwise: T, call: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(otherwise)
}

/// Why the last call of this thread that failed did: which file, where in it, what is wrong, what to do about it.
/// Never null; good until another call of this thread fails.
#[unsafe(no_mangle)]
pub extern "C" fn assize_error() -> *const c_char {
    guarded(c"".as_ptr(), || LAST.try_with(|last| last.borrow().as_ptr()).unwrap_or(c"".as_ptr()))
}
