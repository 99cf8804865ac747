//! What an expression can be: values, sets of possible values, why they are not known, and until when
//! they hold.

pub(crate) mod base64;
mod fine;
mod format;
mod gather;
mod horizon;
mod json;
mod missing;
mod possible;
mod scalar;

pub use fine::Fine;
pub(crate) use format::is_sensitive;
pub use format::{describe, escape};
pub use gather::Gather;
pub use horizon::{Horizon, NEVER};
pub use json::{from_const, from_json, to_json};
pub use missing::{Cause, Causes, FactRef, Missing};
pub use possible::{Domain, Possible, Values};
pub use scalar::{Numbers, Value, number_order};
