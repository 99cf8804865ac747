//! What goes over the border by value.

use std::ffi::c_char;

/// How a call went. Whatever is not `OK` has changed nothing, and `assize_error()` says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    /// It did what it says.
    Ok = 0,
    /// A null pointer where none is allowed, text that is not UTF-8, a place behind the end.
    Argument = 1,
    /// A file or folder cannot be read.
    Read = 2,
    /// The policies do not compile.
    Policies = 3,
    /// The policies' own tests fail.
    Tests = 4,
    /// A param is set that cannot be.
    Setting = 5,
    /// New policies have other types of facts than those that the facts were read by.
    Types = 6,
    /// Nothing can be said about the request: no such type, no policy that decides it, no JSON object.
    Request = 7,
    /// A bug. What was handed over may be freed, and should not be used further.
    Internal = 101,
}

/// What a request comes to. Memory that is all zeros allows nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum Verdict {
    /// Evidence is missing that could block it, or nothing was decided yet: the caller chooses to fail open or closed.
    #[default]
    Undetermined = 0,
    /// No policy that is enforced blocks it, and none could.
    Allow = 1,
    /// A policy blocks it.
    Block = 2,
}

/// The strongest that an arm of a policy decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum Outcome {
    /// Nothing.
    #[default]
    None = 0,
    /// Orders work.
    Rank = 1,
    /// Tells somebody now.
    Alert = 2,
    /// Acts on a secret, a grant, a session or an identity.
    Revoke = 3,
    /// Acts on the path.
    Block = 4,
}

/// A text that somebody else holds: UTF-8, `length` bytes. What the library hands out ends with a zero byte as well,
/// which is not counted.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Text {
    /// Where it begins.
    pub at: *const c_char,
    /// How many bytes.
    pub length: usize,
}

/// What became of lines of facts.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Loaded {
    /// Lines that were not empty.
    pub lines: u64,
    /// Lines, and fields of lines, that do not fit the types: the rest was loaded, and what is refused counts as
    /// unknown. `assize_error()` says where the first of them stand, and why.
    pub rejected: u64,
}

/// A policy that decides something about a request.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Decision {
    /// Its qualified name; good until the result is used again.
    pub policy: *const c_char,
    /// Which of its arms, from 1.
    pub arm: u32,
    /// The strongest that it decides.
    pub outcome: Outcome,
    /// Whether it is carried out; else its policy is only watched.
    pub enforced: bool,
}
