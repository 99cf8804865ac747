//! What happened: logs, sensors, flows, spans and signals.

pub(crate) mod cloudtrail;
pub(crate) mod entra_sign_ins;
pub(crate) mod envoy;
pub(crate) mod falco;
pub(crate) mod gcp_audit;
pub(crate) mod hubble;
pub(crate) mod kubernetes_audit;
pub(crate) mod otel;
pub(crate) mod shared_signals;
pub(crate) mod tetragon;
pub(crate) mod tracee;
pub(crate) mod vault_audit;
pub(crate) mod vpc_flow_logs;
