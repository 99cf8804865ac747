//! Tool output to facts.
//!
//! A [`Connector`] reads what one tool writes and gives back fact lines, the records that it could not
//! read, and notes for people. It never decides anything, opens no file and no connection, and lets no
//! secret's value out: a value becomes a keyed fingerprint at the door ([`SiteKey`]).
//!
//! | file | holds |
//! | --- | --- |
//! | `connector.rs` | what a connector is, the list of them, `ingest` |
//! | `context.rs` | what the input does not say and the caller must |
//! | `error.rs` | why an input as a whole cannot be read |
//! | `output.rs` | what comes out; the collector that connectors write to |
//! | `reading/` | from bytes to records and their fields; logs, record by record, whatever their length |
//! | `keys.rs` | canonical keys |
//! | `secret.rs` | fingerprints, and values that cannot be printed |
//! | `public_id.rs` | the public ids that some values carry |
//! | `sha1.rs` | the hash that some tools name secrets by |
//! | `findings.rs`, `cvss.rs` | what the scanners' connectors share |
//! | `sightings.rs`, `detectors.rs`, `forms.rs` | what the secret scanners' connectors share |
//! | `rules.rs` | what an analyser's rule is about |
//! | `github_alerts.rs` | what the connectors of GitHub's alerts share |
//! | `vex.rs` | what the VEX formats share |
//! | `words.rs` | words that people put into labels and tags |
//! | `level.rs` | how far an identity or a grant reaches |
//! | `coverage.rs` | coverage facts: what an input proves to have watched |
//! | `logs/` | what the connectors of logs share |
//! | `component.rs` | what a running file is called where packages are named |
//! | `aws/` | what the connectors of AWS's own scanners share |
//! | `aws_actions.rs` | which AWS actions reach far, as data |
//! | `mapping/` | a connector without code: maps from records to facts |
//! | `connectors/` | one file or folder a tool, by what it tells of |

mod aws;
pub mod aws_actions;
pub mod component;
pub mod connector;
mod connectors;
pub mod context;
pub mod coverage;
mod cvss;
mod detectors;
pub mod error;
pub mod findings;
mod forms;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
mod github_alerts;
pub mod keys;
pub mod level;
mod logs;
pub mod mapping;
pub mod output;
pub mod public_id;
mod reading;
mod rules;
pub mod secret;
mod sha1;
mod sightings;
#[cfg(test)]
mod testing;
mod vex;
mod words;

pub(crate) use logs::{events, gift, pending, place, reads};
pub use logs::{flows, logbook, outcome, windows};
pub(crate) use reading::{base64, yaml};
pub use reading::{fields, head, input, json, limits, recognise, records, stream, time};

pub use connector::{Basis, Connector, connectors, ingest, ingest_from};
pub use context::Context;
pub use error::IngestError;
pub use head::Head;
pub use input::Input;
pub use limits::Limits;
pub use output::{Collector, Output, Reject};
pub use secret::{Plaintext, SiteKey};
