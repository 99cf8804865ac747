//! CVSS: which of a vulnerability's scores is told, and the vector that it was reached by.

use assize::facts::Report;

/// The base scores that a record has for one vulnerability: one of them is told, with its own vector.
#[derive(Clone, Debug, Default)]
pub struct Scores(Option<(u8, Score)>);

/// A base score, or only how it is reached.
#[derive(Clone, Debug)]
struct Score {
    base: Option<f64>,
    vector: Option<String>,
}

impl Scores {
    /// Takes a score of a version such as `3.1`: NVD's goes before others', version 3 before 4, and the first
    /// before later ones. Version 2 is another scale.
    pub fn offer(&mut self, version: &str, nvd: bool, base: Option<f64>, vector: Option<&str>) {
        let rank = match (version.split('.').next(), nvd) {
            (Some("3"), true) => 0,
            (Some("3"), false) => 1,
            (Some("4"), true) => 2,
            (Some("4"), false) => 3,
            _ => return,
        };
        let base = base.filter(|base| (0.0..=10.0).contains(base));
        let vector = vector.and_then(|vector| written_out(version, vector));
        let says = base.is_some() || vector.is_some();
        if says && self.0.as_ref().is_none_or(|(least, _)| rank < *least) {
            self.0 = Some((rank, Score { base, vector }));
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Adds what is told to a vulnerability.
    #[must_use]
    pub fn tell(self, known: Report) -> Report {
        let Some((_, score)) = self.0 else { return known };
        known.with_known("cvss", score.base).with_known("cvss_vector", score.vector)
    }
}

/// A vector with its version before it, which some tools write and others say beside it. `None` for what is no
/// vector.
pub fn written_out(version: &str, vector: &str) -> Option<String> {
    let own = vector.strip_prefix("CVSS:").map(|rest| rest.split('/').next().unwrap_or_default());
    let metrics = vector.strip_prefix("CVSS:").map_or(Some(vector), |rest| Some(rest.split_once('/')?.1))?;
    let is_metric = |part: &str| {
        part.split_once(':').is_some_and(|(name, value)| {
            let word =
                |it: &str| !it.is_empty() && it.len() <= 3 && it.bytes().all(|b| b.is_ascii_uppercase());
            word(name) && word(value)
        })
    };
    let version = own.unwrap_or(version);
    let known = matches!(version, "3.0" | "3.1" | "4.0");
    (known && metrics.split('/').all(is_metric)).then(|| format!("CVSS:{version}/{metrics}"))
}

#[cfg(test)]
mod tests {
    use assize::facts::{Instant, Source};

    use super::*;

    const VECTOR: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

    fn told(scores: Scores) -> String {
        let source = Source { tool: "t".to_owned(), instance: None, record: None };
        let known = scores.tell(Report::new("Vulnerability", source, Instant(0)));
        serde_json::Value::Object(known.fields).to_string()
    }

    #[test]
    fn the_score_that_is_told_comes_with_its_own_vector() {
        let mut scores = Scores::default();
        scores.offer("2.0", true, Some(10.0), Some("AV:N/AC:L/Au:N/C:C/I:C/A:C"));
        scores.offer("4.0", true, Some(9.3), Some("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H"));
        scores.offer("3.1", false, Some(7.5), Some(VECTOR));
        assert_eq!(told(scores.clone()), format!(r#"{{"cvss":7.5,"cvss_vector":"{VECTOR}"}}"#));
        // NVD's own has none: another's would explain another score.
        scores.offer("3.0", true, Some(9.8), None);
        assert_eq!(told(scores), r#"{"cvss":9.8}"#);
        assert_eq!(told(Scores::default()), "{}");
    }

    #[test]
    fn a_vector_is_written_with_its_version() {
        let metrics = VECTOR.strip_prefix("CVSS:3.1/").unwrap();
        for (version, vector, told) in [
            ("3.1", VECTOR, Some(VECTOR.to_owned())),
            ("3.0", metrics, Some(format!("CVSS:3.0/{metrics}"))),
            ("3", VECTOR, Some(VECTOR.to_owned())),
            ("3", metrics, None),
            ("3.1", "see the advisory", None),
            ("3.1", "CVSS:9.9/AV:N", None),
            ("3.1", "CVSS:3.1", None),
        ] {
            assert_eq!(written_out(version, vector), told, "{version} {vector}");
        }
    }
}
