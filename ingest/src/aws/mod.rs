//! What the connectors of AWS's own scanners share: pages of listings, what an ARN names, packages.

pub mod listing;
pub mod packages;
pub mod resource;
