//! What a protocol sends as text, in the form that the field has.

use assize_lang::plan::Type;
use serde_json::{Number, Value};

/// The form of a field, as far as texts are read for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Int,
    Double,
    Bool,
    Text,
    AsItIs,
}

impl Form {
    pub(super) fn of(ty: &Type) -> Self {
        match ty {
            Type::Int | Type::Uint => Self::Int,
            Type::Double => Self::Double,
            Type::Bool => Self::Bool,
            Type::String | Type::Fact(_) | Type::Enum(_) => Self::Text,
            Type::Sensitive(inner) => Self::of(inner),
            _ => Self::AsItIs,
        }
    }

    /// The value in this form. One that does not fit stays as it is: the evaluator says why it is unknown.
    pub(super) fn take(self, value: Value) -> Value {
        let read = match (self, &value) {
            (Self::Int, Value::String(text)) => text.parse::<i64>().ok().map(Value::from),
            (Self::Double, Value::String(text)) => {
                text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number)
            }
            (Self::Bool, Value::String(text)) => text.parse::<bool>().ok().map(Value::from),
            (Self::Text, Value::Number(number)) if number.is_i64() || number.is_u64() => {
                Some(Value::from(number.to_string()))
            }
            _ => None,
        };
        read.unwrap_or(value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_become_what_the_field_is() {
        for (form, from, to) in [
            (Form::Int, json!("12"), json!(12)),
            (Form::Int, json!("12x"), json!("12x")),
            (Form::Int, json!(12), json!(12)),
            (Form::Double, json!("1.5"), json!(1.5)),
            (Form::Double, json!("NaN"), json!("NaN")),
            (Form::Bool, json!("true"), json!(true)),
            (Form::Bool, json!("1"), json!("1")),
            (Form::Text, json!(7), json!("7")),
            (Form::Text, json!(7.5), json!(7.5)),
            (Form::Text, json!(null), json!(null)),
            (Form::AsItIs, json!("7"), json!("7")),
        ] {
            assert_eq!(form.take(from), to);
        }
    }
}
