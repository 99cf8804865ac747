//! Whom a call gives a right or a secret, and how much.

use assize::facts::Report;

use crate::level::Level;

/// What a call gives, as far as its own words say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gift {
    /// The identity's key.
    pub grantee: Option<String>,
    /// How far that reaches.
    pub level: Option<Level>,
}

impl Gift {
    /// To one of several: the caller where it is among them, for who gives himself a right is asked for; the only
    /// one; else a call has no one grantee.
    #[must_use]
    pub fn to_one_of(mut grantees: Vec<String>, caller: Option<&str>) -> Option<String> {
        let own = grantees.iter().position(|it| Some(it.as_str()) == caller);
        match (own, grantees.len()) {
            (Some(at), _) => Some(grantees.swap_remove(at)),
            (None, 1) => grantees.pop(),
            (None, _) => None,
        }
    }

    /// Adds it to the call.
    #[must_use]
    pub fn tell(self, call: Report) -> Report {
        call.with_known("grantee", self.grantee).with_known("gives", self.level)
    }
}
