//! The protocols, one file or folder each. Each maps all three answers, and none of them decides.

use std::sync::Arc;

use crate::config::Config;
use crate::point::Keeper;
use crate::server::Rooms;

/// The routes of all protocols.
#[must_use]
pub fn rooms(keeper: &Arc<Keeper>, config: &Config) -> Rooms {
    let _ = (keeper, config);
    Rooms::default()
}
