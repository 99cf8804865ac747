//! Being told what an evaluation came across.

use assize_lang::plan::{Expr, Policy};

use super::arms::Judged;

/// Is told what the conditions of policies come to, and which arms decide. It changes no value; with one,
/// joins are judged for every tuple, as written, and not only for those that an index leaves.
pub(crate) trait Observer {
    /// A condition came to `truth`; `None` is unknown.
    fn judged(&self, condition: &Expr, truth: Option<bool>);

    /// An arm decided a case: by an outcome, or by `none`.
    fn decided(&self, policy: &Policy, arm: &Judged<'_>);
}
