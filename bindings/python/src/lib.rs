//! Assize for Python: the module `assize._assize`, of which `python/assize/` is the face.

#![forbid(unsafe_code)]

mod decide;
mod engine;
mod errors;
mod json;
mod times;

use pyo3::prelude::*;

/// Policies and facts that change while requests are answered.
#[pymodule]
#[pyo3(name = "_assize")]
mod module {
    #[pymodule_export]
    use crate::decide::{Decision, Entry, Fired};
    #[pymodule_export]
    use crate::engine::{Engine, Loaded, Snapshot};
    #[pymodule_export]
    use crate::errors::{Error, PolicyError, ReadError, RequestError, SettingError, TestsError, TypesError};

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
