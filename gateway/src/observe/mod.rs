//! How the server is, for those who watch over it.
//!
//! | file | holds |
//! | --- | --- |
//! | `metrics.rs` | counters of answers, and the page that they stand on |
//! | `trace.rs` | which trace a request belongs to |
//! | `spans.rs` | decisions as spans, sent to a collector |
//! | `coverage.rs` | who watched what, when |
//! | `health.rs` | gRPC's health protocol |
//! | `http.rs` | the routes: health, metrics, how it is, what stands, why |

pub mod coverage;
mod health;
pub mod http;
pub mod metrics;
pub mod spans;
pub mod trace;
