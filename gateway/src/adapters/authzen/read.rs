//! What a request has to have.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::adapters::json::BadBody;
use crate::adapters::mcp;

/// The parts of an evaluation, and what each has to say.
pub(super) const SUBJECT: (&str, &[&str]) = ("subject", &["type", "id"]);
pub(super) const ACTION: (&str, &[&str]) = ("action", &["name"]);
pub(super) const RESOURCE: (&str, &[&str]) = ("resource", &["type", "id"]);

pub(super) fn bad(message: String) -> BadBody {
    BadBody { status: StatusCode::BAD_REQUEST, message }
}

/// The document of an evaluation.
pub(super) fn evaluation(request: &Map<String, Value>) -> Result<Map<String, Value>, BadBody> {
    parts(request, &[SUBJECT, ACTION, RESOURCE])
}

/// The document of these parts. What is not known of a request is ignored, as the interface wants.
pub(super) fn parts(
    request: &Map<String, Value>,
    wanted: &[(&str, &[&str])],
) -> Result<Map<String, Value>, BadBody> {
    let mut out = Map::new();
    for (name, texts) in wanted {
        let part = match request.get(*name) {
            Some(Value::Object(part)) => part,
            Some(_) => return Err(bad(format!("`{name}` is not an object"))),
            None => return Err(bad(format!("`{name}` is missing"))),
        };
        for text in *texts {
            match part.get(*text) {
                Some(Value::String(_)) => {}
                Some(_) => return Err(bad(format!("`{name}.{text}` is not a text"))),
                None => return Err(bad(format!("`{name}.{text}` is missing"))),
            }
        }
        match part.get("properties") {
            None | Some(Value::Object(_)) => {}
            Some(_) => return Err(bad(format!("`{name}.properties` is not an object"))),
        }
        out.insert((*name).to_owned(), Value::Object(part.clone()));
    }
    let context = match request.get("context") {
        None => Map::new(),
        Some(Value::Object(context)) => context.clone(),
        Some(_) => return Err(bad("`context` is not an object".to_owned())),
    };
    out.insert("context".to_owned(), Value::Object(context));
    mcp::on_behalf(&mut out);
    Ok(out)
}
