//! From Python's values to JSON and back.

use pyo3::exceptions::{PyTypeError, PyUnicodeDecodeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

/// How deep values may lie in each other.
const DEPTH: usize = 100;

/// A request as text: JSON as `str` or `bytes`, or a `dict` that is written as JSON.
pub fn text(given: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(text) = given.cast::<PyString>() {
        return text.to_str().map(str::to_owned);
    }
    if let Ok(bytes) = given.cast::<PyBytes>() {
        let text = std::str::from_utf8(bytes.as_bytes());
        return text.map(str::to_owned).map_err(|error| {
            match PyUnicodeDecodeError::new_utf8(given.py(), bytes.as_bytes(), error) {
                Ok(raised) => PyErr::from_value(raised.into_any()),
                Err(other) => other,
            }
        });
    }
    let mut out = String::new();
    write(&mut out, given, DEPTH)?;
    Ok(out)
}

fn write(out: &mut String, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<()> {
    let Some(below) = depth.checked_sub(1) else {
        return Err(PyValueError::new_err(format!("values lie in each other more than {DEPTH} deep")));
    };
    if value.is_none() {
        out.push_str("null");
    } else if let Ok(truth) = value.cast::<PyBool>() {
        out.push_str(if truth.is_true() { "true" } else { "false" });
    } else if let Ok(text) = value.cast::<PyString>() {
        quoted(out, text.to_str()?);
    } else if value.is_instance_of::<PyInt>() {
        out.push_str(value.str()?.to_str()?);
    } else if let Ok(number) = value.cast::<PyFloat>() {
        if !number.value().is_finite() {
            return Err(PyValueError::new_err("JSON has no number for what is not finite"));
        }
        out.push_str(value.repr()?.to_str()?);
    } else if let Ok(fields) = value.cast::<PyDict>() {
        out.push('{');
        for (number, (name, value)) in fields.iter().enumerate() {
            if number > 0 {
                out.push(',');
            }
            let name =
                name.cast::<PyString>().map_err(|_| PyTypeError::new_err("the name of a field is no str"))?;
            quoted(out, name.to_str()?);
            out.push(':');
            write(out, &value, below)?;
        }
        out.push('}');
    } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        out.push('[');
        for (number, member) in value.try_iter()?.enumerate() {
            if number > 0 {
                out.push(',');
            }
            write(out, &member?, below)?;
        }
        out.push(']');
    } else if value.hasattr("tzinfo")? {
        let at = crate::times::instant(value)?;
        quoted(out, &at.to_string());
    } else {
        let ty = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("a `{ty}` cannot be a field's value")));
    }
    Ok(())
}

fn quoted(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// JSON as Python's values.
pub fn loads<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.call_method1("loads", (text,))
}
