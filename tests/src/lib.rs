//! The repository's own rules, as functions that the `dev` binary runs and as tests.

#[cfg(test)]
mod cel;
#[cfg(test)]
mod specs;
pub mod tidy;
pub mod words;
