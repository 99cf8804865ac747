//! The connectors, one file or folder a tool, by what they tell of.

pub(crate) mod findings;
pub(crate) mod identities;
pub(crate) mod intelligence;
pub(crate) mod runtime;
pub(crate) mod secrets;
