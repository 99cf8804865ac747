//! Instants: `datetime` with a time zone, RFC 3339 text, or microseconds since 1970.

use assize::facts::Instant;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyInt, PyString};

/// `datetime(1970, 1, 1, tzinfo=utc)` and `timedelta(microseconds=1)`.
static UNITS: PyOnceLock<(Py<PyAny>, Py<PyAny>)> = PyOnceLock::new();

fn units(py: Python<'_>) -> PyResult<(&Bound<'_, PyAny>, &Bound<'_, PyAny>)> {
    let (epoch, micro) = UNITS.get_or_try_init(py, || -> PyResult<_> {
        let datetime = py.import("datetime")?;
        let utc = datetime.getattr("timezone")?.getattr("utc")?;
        let kwargs = PyDict::new(py);
        kwargs.set_item("tzinfo", utc)?;
        let epoch = datetime.getattr("datetime")?.call((1970, 1, 1), Some(&kwargs))?;
        let micro = datetime.getattr("timedelta")?.call1((0, 0, 1))?;
        Ok((epoch.unbind(), micro.unbind()))
    })?;
    Ok((epoch.bind(py), micro.bind(py)))
}

/// Reads an instant.
pub fn instant(given: &Bound<'_, PyAny>) -> PyResult<Instant> {
    if given.is_instance_of::<PyInt>() && !given.is_instance_of::<PyBool>() {
        return given.extract().map(Instant);
    }
    if let Ok(text) = given.cast::<PyString>() {
        return text.to_str()?.parse().map_err(|error| PyValueError::new_err(format!("{error}")));
    }
    match given.getattr("tzinfo") {
        Ok(zone) if zone.is_none() => Err(PyValueError::new_err(
            "the datetime has no time zone: give it one, as `datetime.now(timezone.utc)`",
        )),
        Ok(_) => {
            let (epoch, micro) = units(given.py())?;
            given.sub(epoch)?.call_method1("__floordiv__", (micro,))?.extract().map(Instant)
        }
        Err(_) => {
            Err(PyTypeError::new_err("an instant is a datetime, RFC 3339 text, or microseconds since 1970"))
        }
    }
}

/// An instant as `datetime` in UTC.
pub fn datetime<'py>(py: Python<'py>, at: Instant) -> PyResult<Bound<'py, PyAny>> {
    let (epoch, micro) = units(py)?;
    epoch.add(micro.mul(at.0)?)
}
