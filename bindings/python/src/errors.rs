//! What is raised.

use assize::{BuildError, DecideError, OtherTypes};
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(assize, Error, PyException, "What is wrong, where, and what to do about it.");
create_exception!(assize, PolicyError, Error, "The policies do not compile: `places` says where.");
create_exception!(assize, TestsError, PolicyError, "The policies' own tests fail: `places` says which.");
create_exception!(assize, SettingError, Error, "A param is set that cannot be.");
create_exception!(assize, ReadError, Error, "A file or folder cannot be read.");
create_exception!(
    assize,
    TypesError,
    Error,
    "New policies have other types of facts: facts have to be read again."
);
create_exception!(assize, RequestError, Error, "Nothing can be said about the request.");

/// An error of the builder, with its places as `(file, line, column, message)`.
pub fn refused(py: Python<'_>, error: &BuildError) -> PyErr {
    let told = error.told();
    let raised = match error {
        BuildError::Read { .. } => return ReadError::new_err(told),
        BuildError::Param(_) | BuildError::Signal(_) => return SettingError::new_err(told),
        BuildError::Policies { .. } => PolicyError::new_err(told),
        BuildError::Tests { .. } => TestsError::new_err(told),
    };
    let places: Vec<(String, usize, usize, String)> =
        error.places().into_iter().map(|one| (one.file, one.line, one.column, one.message)).collect();
    match raised.value(py).setattr("places", places) {
        Ok(()) => raised,
        Err(other) => other,
    }
}

pub fn undecided(error: &DecideError) -> PyErr {
    RequestError::new_err(error.to_string())
}

pub fn other_types(error: OtherTypes) -> PyErr {
    let remedy = "make a new Engine with them, load the facts, and hand it to `replace_all`";
    TypesError::new_err(format!("{error}: {remedy}"))
}

pub fn unread(path: &str, error: &dyn std::fmt::Display) -> PyErr {
    ReadError::new_err(format!("cannot read `{path}`: {error}"))
}
