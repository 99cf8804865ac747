//! YAML, for what people keep as manifests: read into the same values as JSON.

use serde_json::Value;

use crate::error::IngestError;

/// As deep as JSON may nest.
const MAX_DEPTH: usize = 127;
/// The most nodes that one input may come to, aliases followed: a large cluster's listing has a few million.
const MAX_NODES: usize = 4_000_000;

/// The documents of a YAML text, in order; empty ones are left out.
///
/// # Errors
/// [`IngestError::Malformed`] with the place and without any of the text, and where the text nests too
/// deep or grows over its aliases.
pub fn documents(text: &str) -> Result<Vec<Value>, IngestError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: MAX_NODES.saturating_mul(2),
            max_documents: MAX_NODES,
            max_total_scalar_bytes: usize::MAX,
        },
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
        let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
        // The library's own words quote the text, and with it whatever secret stands there.
        let reason = "this is no YAML that can be read: wrong syntax, too deep, or too large".to_owned();
        IngestError::Malformed { line: at(line), column: at(column), reason }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_read_in_order() {
        let text = "# a comment\na: 1\n---\n---\nb: [x, null, true, \"1\"]\n";
        assert_eq!(documents(text).unwrap(), [json!({"a": 1}), json!({"b": ["x", null, true, "1"]})]);
    }

    #[test]
    fn an_error_says_where_and_quotes_nothing() {
        let error = documents("a: 1\nsecret: \"hunter2\n").unwrap_err();
        assert!(matches!(error, IngestError::Malformed { .. }), "{error:?}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn what_grows_without_end_is_refused() {
        let nested = format!("a: {}{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(documents(&nested).is_err());
        let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            laughs.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(documents(&laughs).is_err());
    }
}
