//! How the server is, for those who watch over it.
//!
//! | file | holds |
//! | --- | --- |
//! | `metrics.rs` | counters of answers, and the page that they stand on |
//! | `trace.rs` | which trace a request belongs to |
//! | `coverage.rs` | who watched what, when |
//! | `http.rs` | the routes: health, metrics, how it is, what stands, why |

pub mod coverage;
pub mod http;
pub mod metrics;
pub mod trace;
