//! One file a kind of item.

pub(super) mod catalog;
pub(super) mod constants;
pub(super) mod enums;
pub(super) mod facts;
pub(super) mod functions;
pub(super) mod governance;
pub(super) mod idle;
pub(super) mod params;
pub(super) mod relations;
pub(super) mod signals;
pub(super) mod tables;
pub(super) mod tests;
