//! Facts as text: one JSON object a line.
//!
//! ```json
//! {"Secret": {"id": "AKIA1", "static": true, "expires_at": null}, "source": {"tool": "aws-iam", "record": "row 7"}, "observed_at": "2026-06-01T00:00:00Z"}
//! {"retract": {"Secret": "AKIA1"}, "source": {"tool": "aws-iam"}, "observed_at": "2026-06-02T00:00:00Z"}
//! {"run": {"source": {"tool": "trivy"}, "id": "r17", "types": ["Finding"], "scope": "sha256:…", "from": "…", "until": "…", "complete": true, "rejected": 0}}
//! {"same_as": {"Secret": "arn:…/key@2025-01-01T00:00:00Z", "is": "AKIA1"}, "source": {"tool": "cloudtrail"}, "observed_at": "…"}
//! ```
//!
//! A missing field was not collected; `null` is known to be absent.

mod line;
mod time;

pub use line::{Line, LineError, Report, Retract, Run, SameAs, Source};
pub use time::{Instant, ParseInstantError, format_duration, parse_duration};
