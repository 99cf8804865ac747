//! Derived relations.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Expr, Name, Slot, Type};
use crate::diagnostic::Span;

/// A relation derived from facts; may refer to itself and to others.
///
/// A tuple is *surely* related where it is in the least fixpoint over what is certain, and *possibly*
/// where it is in the one over what is possible. Between the two the answer is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// The qualified name.
    pub name: Name,
    /// The head: name, slot, type.
    pub columns: Vec<(Name, Slot, Type)>,
    /// The cases: a tuple is related where any of them holds.
    pub cases: Vec<Case>,
    /// The relations of lower strata are complete before this one begins; relations of one stratum
    /// refer to each other without negation.
    pub stratum: u32,
    /// How many slots it uses.
    pub slots: u32,
    /// What it means.
    pub docs: String,
    /// Its text, which every span points into.
    pub text: Arc<str>,
}

/// One case of a relation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// When it holds, over the slots of the head: its further bindings are quantified in it, and those
    /// that an equality pins are replaced by what they are equal to.
    pub condition: Expr,
    /// The case in the relation's text.
    pub span: Span,
}
