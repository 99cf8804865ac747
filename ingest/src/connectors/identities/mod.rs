//! Who there is, what they hold and what they may do.

pub(crate) mod aws_access_keys;
pub(crate) mod aws_authorization_details;
pub(crate) mod aws_credential_report;
pub(crate) mod entra;
pub(crate) mod gcp_iam;
pub(crate) mod github;
pub(crate) mod kubernetes;
pub(crate) mod spire;
