//! Bundles: policies with everything that decisions depend on but the facts, in one signed file.
//!
//! | file | holds |
//! | --- | --- |
//! | `archive.rs` | the archive: plain files, the same bytes for the same files |
//! | `keys.rs` | keys of Ed25519 |
//! | `manifest.rs` | what a bundle says about itself, which is what is signed |
//! | `build.rs` | built, signed, verified |
//! | `source.rs` | where they come from, again and again |
//! | `history.rs` | which were in force: against replay, and to go back |

pub mod archive;
pub mod build;
pub mod history;
pub mod keys;
pub mod manifest;
pub mod source;

pub use build::{Bundle, Trust};
pub use history::History;
pub use keys::{PublicKey, SecretKey};
pub use manifest::Manifest;
pub use source::{BundleSource, BundleStatus};

/// Why a bundle is not made or not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It is no archive of the right form.
    #[error("the bundle's archive: {0}")]
    Archive(String),
    /// A key cannot be used.
    #[error("the key: {0}")]
    Key(String),
    /// What it says about itself cannot be read.
    #[error("the bundle's manifest: {0}")]
    Manifest(String),
    /// Its files are not those that it names, or not policies that compile and pass their tests.
    #[error("the bundle's files: {0}")]
    Files(String),
    /// Nobody who is trusted has signed it.
    #[error("{0}")]
    Unsigned(String),
    /// It is older than one that was in force.
    #[error(
        "the bundle has sequence {found}, and {highest} was in force; build it again with a higher sequence, or roll back"
    )]
    Replay {
        /// Its own.
        found: u64,
        /// The highest so far.
        highest: u64,
    },
    /// Another one had its number.
    #[error(
        "the bundle has sequence {0}, as another one had that was in force; build it again with the next one"
    )]
    SameSequence(u64),
    /// It needs another engine.
    #[error("the bundle needs version {needed} or later, and this is {have}")]
    Engine {
        /// What it needs.
        needed: String,
        /// What this is.
        have: String,
    },
    /// Something on disk cannot be read or written.
    #[error("{0}")]
    Disk(String),
    /// There is nothing to go back to.
    #[error("{0}")]
    NoWayBack(String),
}

impl BundleError {
    fn archive(reason: impl Into<String>) -> Self {
        Self::Archive(reason.into())
    }
}
