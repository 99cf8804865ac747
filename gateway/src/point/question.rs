//! What is asked.

use serde_json::{Map, Value};

/// A question to the decision point.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The protocol that it came by, for the record.
    pub protocol: &'static str,
    /// The entry that is asked: a name of the configuration, or a type of request.
    pub entry: &'a str,
    /// What is asked.
    pub request: Request<'a>,
    /// What the caller calls his request, for the record.
    pub request_id: Option<&'a str>,
    /// The `traceparent` that came with it.
    pub trace: Option<&'a str>,
}

/// The fields of a request: one left out was not collected, `null` is known to be absent.
#[derive(Clone, Copy, Debug)]
pub enum Request<'a> {
    /// An object of fields, as text: the fastest.
    Json(&'a str),
    /// Fields.
    Fields(&'a Map<String, Value>),
}
