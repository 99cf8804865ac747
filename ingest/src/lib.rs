//! Tool output to facts.
//!
//! A [`Connector`] reads what one tool writes and gives back fact lines, the records that it could not
//! read, and notes for people. It never decides anything, opens no file and no connection, and lets no
//! secret's value out: a value becomes a keyed fingerprint at the door ([`SiteKey`]).
//!
//! | file | holds |
//! | --- | --- |
//! | `connector.rs` | what a connector is, the list of them, `ingest` |
//! | `head.rs` | the shape of an input's beginning, by which `auto` tells formats apart |
//! | `context.rs` | what the input does not say and the caller must |
//! | `error.rs` | why an input as a whole cannot be read |
//! | `output.rs` | what comes out; the collector that connectors write to |
//! | `input.rs`, `limits.rs` | an input as it comes: packed or not, and how big it may get |
//! | `records.rs`, `stream.rs` | logs, record by record, whatever their length |
//! | `json.rs` | bounded reading of JSON, NDJSON and concatenated objects |
//! | `fields.rs` | typed access to a record's fields |
//! | `keys.rs` | canonical keys |
//! | `secret.rs` | fingerprints, and values that cannot be printed |
//! | `public_id.rs` | the public ids that some values carry |
//! | `sha1.rs` | the hash that some tools name secrets by |
//! | `time.rs` | every spelling of time that tools use |
//! | `findings.rs` | what the scanners' connectors share |
//! | `sightings.rs`, `detectors.rs` | what the secret scanners' connectors share |
//! | `vex.rs` | what the VEX formats share |
//! | `level.rs` | how far an identity or a grant reaches |
//! | `coverage.rs` | coverage facts: what an input proves to have watched |
//! | `logbook.rs` | the coverage of a log that is read record by record |
//! | `outcome.rs` | what became of a call |
//! | `windows.rs` | records of one thing within five minutes, counted together |
//! | `place.rs` | where a runtime sensor saw something happen |
//! | `flows.rs` | what the connectors of network flows share |
//! | `component.rs` | what a running file is called where packages are named |
//! | `aws/` | what the connectors of AWS's own scanners share |
//! | `aws_actions.rs` | which AWS actions reach far, as data |
//! | `base64.rs` | what some tools wrap their output in |
//! | `mapping/` | a connector without code: maps from records to facts |
//! | `connectors/` | one file or folder a tool, by what it tells of |

mod aws;
pub mod aws_actions;
mod base64;
pub mod component;
pub mod connector;
mod connectors;
pub mod context;
pub mod coverage;
mod detectors;
pub mod error;
pub mod fields;
pub mod findings;
pub mod flows;
pub mod head;
pub mod input;
pub mod json;
pub mod keys;
pub mod level;
pub mod limits;
pub mod logbook;
pub mod mapping;
pub mod outcome;
pub mod output;
mod place;
pub mod public_id;
pub mod records;
pub mod secret;
mod sha1;
mod sightings;
pub mod stream;
#[cfg(test)]
mod testing;
pub mod time;
mod vex;
pub mod windows;
mod yaml;

pub use connector::{Connector, connectors, ingest, ingest_from};
pub use context::Context;
pub use error::IngestError;
pub use head::Head;
pub use input::Input;
pub use limits::Limits;
pub use output::{Collector, Output, Reject};
pub use secret::{Plaintext, SiteKey};
