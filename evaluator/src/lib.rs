//! Assize, the policy engine: facts in, decisions with reasons out.

pub mod facts;
