//! What is known of vulnerabilities, and of what things are made of.

pub(crate) mod cyclonedx;
pub(crate) mod epss;
pub(crate) mod kev;
pub(crate) mod openvex;
pub(crate) mod ssvc;
