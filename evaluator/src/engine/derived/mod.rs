//! Relations kept up to date: a change costs what it touches, and who looks at an answer is asked again only
//! where that answer is another one.
//!
//! What is kept are ranks: after how many rounds a tuple is in its relation, surely and possibly, for the
//! tuples that somebody asked about and those that they lead to. A fact that changes touches the tuples that
//! looked at it, or would now; a tuple whose rank has lost its support takes those of greater rank along,
//! and what is left of them is found again from what stands. Reasons are not kept: the judge follows
//! falling ranks when it shows a decision.

mod changes;
mod collect;
mod flips;
mod grade;
mod ranks;
mod rules;
mod tables;
#[cfg(test)]
mod tests;

pub(super) use grade::Ground;
pub(super) use rules::Rules;
pub(super) use tables::{Derived, Kept};
