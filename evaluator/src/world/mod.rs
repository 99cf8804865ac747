//! The facts at the clock, in typed columns, kept up to date.
//!
//! What facts amount to is defined by [`crate::store`], which makes a [`crate::store::View`] from all lines
//! at once. A [`World`] holds the same facts, and is told what changes. Most facts have one report, of one
//! source: it lies in the columns as it came, and one byte a row says whether it is too old. Facts with
//! several reports are merged by the store's own code, and the columns hold what comes out.

mod ahead;
mod blocks;
mod build;
mod bytes;
mod cell;
mod change;
mod chunks;
mod closing;
mod column;
mod even;
mod global;
mod index;
mod intern;
mod kept;
mod keys;
mod layout;
mod lens;
mod links;
mod lists;
mod notes;
mod order;
mod origins;
mod owners;
mod pack;
mod pins;
mod plan;
mod read;
mod recent;
mod reports;
mod settle;
mod single;
mod step;
mod stock;
mod table;
#[cfg(test)]
mod tests;
mod timers;

use std::sync::Arc;

pub(crate) use ahead::Ahead;
pub(crate) use blocks::{Block, Reader, Strip};
pub(crate) use cell::Cell;
pub(crate) use change::{Change, FieldSet, Touched};
pub(crate) use column::{Codes, Values};
pub(crate) use intern::text_hash;
pub(crate) use layout::{FieldId, Kind, Layout, Row, Sym, TypeId};
pub(crate) use lens::Lens;
pub(crate) use recent::Recent;
pub(crate) use reports::Reports;
pub(crate) use stock::Stock;

use crate::store::{Canon, CoverageIndex};

/// All facts at one instant. A copy shares everything with its original until either is changed.
#[derive(Clone, Debug)]
pub(crate) struct World {
    layout: Arc<Layout>,
    now: i64,
    /// What counts of what was said.
    stock: Stock,
    /// The cells of fields that a fresh report leaves out, by type and field.
    defaults: Arc<Vec<Vec<Cell>>>,
    timers: timers::Timers,
    global: Arc<global::Global>,
    canon: Arc<Canon>,
    coverage: Arc<CoverageIndex>,
    planned: Option<plan::Plan>,
}
