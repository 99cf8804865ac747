//! What Envoy is answered. Two replies would let a request pass that nobody allowed: an empty one, and a denial
//! whose status is OK. So replies are made here alone, of one of the three answers, and status and response
//! always together.

use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value};

use crate::adapters::told;
use crate::point::Answer;
use crate::proto::ext_authz::check_response::HttpResponse;
use crate::proto::ext_authz::{
    CheckResponse, DeniedHttpResponse, HeaderValue, HeaderValueOption, HttpStatus, OkHttpResponse, Status,
};

/// What a status and a response go together to: nothing else can be sent.
enum Reply {
    Ok(OkHttpResponse),
    Denied(DeniedHttpResponse),
    Error(DeniedHttpResponse),
}

/// The reply to an answer.
pub(super) fn of(answer: &Answer) -> CheckResponse {
    let headers = headers(answer);
    let reply = match answer {
        Answer::Allow(_) => Reply::Ok(OkHttpResponse { headers, headers_to_remove: Vec::new() }),
        Answer::Block(_) => Reply::Denied(refused(403, headers, told::for_callers(answer))),
        Answer::Undetermined(_) => Reply::Error(refused(503, headers, told::for_callers(answer))),
    };
    let (code, message, http_response) = match reply {
        Reply::Ok(response) => (tonic::Code::Ok, "", HttpResponse::OkResponse(response)),
        Reply::Denied(response) => {
            (tonic::Code::PermissionDenied, "blocked", HttpResponse::DeniedResponse(response))
        }
        Reply::Error(response) => {
            (tonic::Code::Internal, "undetermined", HttpResponse::ErrorResponse(response))
        }
    };
    CheckResponse {
        status: Some(Status { code: code.into(), message: message.to_owned() }),
        http_response: Some(http_response),
        dynamic_metadata: Some(metadata(told::object(answer))),
    }
}

fn refused(code: i32, headers: Vec<HeaderValueOption>, body: String) -> DeniedHttpResponse {
    DeniedHttpResponse { status: Some(HttpStatus { code }), headers, body }
}

/// Put in the place of what a client may have sent under these names.
const OVERWRITE: i32 = 2;

fn headers(answer: &Answer) -> Vec<HeaderValueOption> {
    let option = |(name, value): (&str, String)| HeaderValueOption {
        header: Some(HeaderValue { key: name.to_owned(), value, raw_value: Vec::new() }),
        append_action: OVERWRITE,
    };
    told::headers(answer).into_iter().map(option).collect()
}

fn metadata(object: serde_json::Map<String, serde_json::Value>) -> Struct {
    Struct { fields: object.into_iter().map(|(name, value)| (name, self::value(value))).collect() }
}

fn value(json: serde_json::Value) -> Value {
    let kind = match json {
        serde_json::Value::Null => Kind::NullValue(0),
        serde_json::Value::Bool(value) => Kind::BoolValue(value),
        serde_json::Value::Number(number) => {
            number.as_f64().map_or_else(|| Kind::StringValue(number.to_string()), Kind::NumberValue)
        }
        serde_json::Value::String(text) => Kind::StringValue(text),
        serde_json::Value::Array(items) => {
            Kind::ListValue(ListValue { values: items.into_iter().map(value).collect() })
        }
        serde_json::Value::Object(object) => Kind::StructValue(metadata(object)),
    };
    Value { kind: Some(kind) }
}
