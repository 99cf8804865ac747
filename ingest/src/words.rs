//! Words that people put into labels and tags, in the model's words.

/// The environment that a label or a tag names; `None` for words that we do not know.
#[must_use]
pub fn environment(label: &str) -> Option<&'static str> {
    match label.to_ascii_lowercase().as_str() {
        "prod" | "production" | "prd" | "live" => Some("prod"),
        "test" | "testing" | "qa" | "uat" | "stage" | "staging" => Some("test"),
        "dev" | "development" | "sandbox" => Some("dev"),
        _ => None,
    }
}
