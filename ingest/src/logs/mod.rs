//! What the connectors of logs share: what was watched and lost, what happened where, records that are one thing.

pub mod events;
pub mod flows;
pub mod gift;
pub mod logbook;
pub mod outcome;
pub mod pending;
pub mod place;
pub mod reads;
pub mod windows;
