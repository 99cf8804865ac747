//! The Assize policy language: text becomes checked plans.

pub mod diagnostic;
pub mod plan;
pub mod syntax;
