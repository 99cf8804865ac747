//! The engine: policies that pass their own tests, and facts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assize::facts::Instant;
use assize::{Budget, Builder, Keeper, Standing};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use crate::decide::Entry;
use crate::errors::{other_types, refused, undecided, unread};
use crate::json;
use crate::times::{datetime, instant};

/// Policies and facts, published together. Shared by threads: whoever decides waits for nobody.
#[pyclass(frozen, module = "assize")]
#[derive(Debug)]
pub struct Engine {
    pub(crate) keeper: Keeper,
}

/// Policies and facts as they stood at one moment.
#[pyclass(frozen, module = "assize")]
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) standing: Arc<Standing>,
}

/// What became of lines of facts.
#[pyclass(frozen, get_all, module = "assize")]
#[derive(Debug)]
pub struct Loaded {
    /// Lines that were not empty.
    lines: u64,
    /// What was refused: where, and why. The rest was loaded, and what is refused counts as unknown.
    rejected: Vec<String>,
}

#[pymethods]
impl Loaded {
    fn __repr__(&self) -> String {
        format!("Loaded(lines={}, rejected={})", self.lines, self.rejected.len())
    }
}

/// What policies are made of, as Python says it.
#[derive(FromPyObject)]
enum Paths {
    One(PathBuf),
    Many(Vec<PathBuf>),
}

/// Params: text in the language's own syntax, `30d`, or a number or truth, which is written as Python does.
fn param(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = value.str()?.to_str()?.to_owned();
    Ok(if value.is_instance_of::<pyo3::types::PyBool>() { text.to_lowercase() } else { text })
}

fn builder(
    py: Python<'_>,
    policies: Option<Paths>,
    texts: Option<BTreeMap<String, String>>,
    stdlib: bool,
    params: Option<&Bound<'_, PyDict>>,
    reach: Option<u64>,
) -> PyResult<Builder> {
    let mut builder = assize::Engine::builder();
    if stdlib {
        builder = builder.stdlib();
    }
    let paths = match policies {
        None => Vec::new(),
        Some(Paths::One(path)) => vec![path],
        Some(Paths::Many(paths)) => paths,
    };
    for path in paths {
        builder = builder.policies(path).map_err(|error| refused(py, &error))?;
    }
    for (name, text) in texts.unwrap_or_default() {
        builder = builder.source(name, text);
    }
    for (name, value) in params.into_iter().flatten() {
        builder = builder.set(name.extract::<String>()?, param(&value)?);
    }
    Ok(match reach {
        Some(reach) => builder.budget(Budget::reach(reach)),
        None => builder,
    })
}

fn build(py: Python<'_>, builder: Builder) -> PyResult<assize::Engine> {
    py.detach(|| builder.build_tested()).map_err(|error| refused(py, &error))
}

impl Engine {
    fn take(&self, py: Python<'_>, lines: &[(String, u64, String)], now: Instant) -> Loaded {
        let ((lines, rejected), _) = py.detach(|| {
            self.keeper.change(now, |writer| {
                let mut count = 0_u64;
                for (file, number, line) in lines.iter().filter(|(_, _, line)| !line.trim().is_empty()) {
                    count = count.saturating_add(1);
                    writer.line(file, *number, line);
                }
                let told = writer.refused().iter().map(|one| {
                    let field = one.field.as_ref().map(|field| format!(", `{field}`")).unwrap_or_default();
                    format!("{}: {}{field}: {}", one.file, one.record, one.reason)
                });
                (count, told.collect())
            })
        });
        Loaded { lines, rejected }
    }
}

fn numbered(name: &str, text: &str) -> Vec<(String, u64, String)> {
    (1..).zip(text.lines()).map(|(number, line)| (name.to_owned(), number, line.to_owned())).collect()
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (now, *, policies=None, texts=None, stdlib=false, params=None, reach=None))]
    fn new(
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        policies: Option<Paths>,
        texts: Option<BTreeMap<String, String>>,
        stdlib: bool,
        params: Option<&Bound<'_, PyDict>>,
        reach: Option<u64>,
    ) -> PyResult<Self> {
        let now = instant(now)?;
        let engine = build(py, builder(py, policies, texts, stdlib, params, reach)?)?;
        let keeper = py.detach(|| Keeper::new(&engine, &engine.loader().finish(), now));
        Ok(Self { keeper })
    }

    /// Takes in facts: NDJSON as text or bytes, or an iterable of lines, each a text or a dict.
    #[pyo3(signature = (lines, now, *, name="facts"))]
    fn facts(
        &self,
        py: Python<'_>,
        lines: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
        name: &str,
    ) -> PyResult<Loaded> {
        let now = instant(now)?;
        let lines = if lines.is_instance_of::<PyString>() || lines.is_instance_of::<PyBytes>() {
            numbered(name, &json::text(lines)?)
        } else if lines.is_instance_of::<PyDict>() {
            return Err(PyTypeError::new_err("one fact: give a list of facts"));
        } else {
            let mut all = Vec::new();
            for (number, line) in (1..).zip(lines.try_iter()?) {
                all.push((name.to_owned(), number, json::text(&line?)?));
            }
            all
        };
        Ok(self.take(py, &lines, now))
    }

    /// The same from a file of lines, or from the folder of a snapshot.
    fn load(&self, py: Python<'_>, path: PathBuf, now: &Bound<'_, PyAny>) -> PyResult<Loaded> {
        let (now, name) = (instant(now)?, path.display().to_string());
        let lines = py.detach(|| read(&path)).map_err(|error| unread(&name, &error))?;
        Ok(self.take(py, &lines, now))
    }

    /// Answers by other policies from now on, once they compile and pass their own tests; else nothing changes.
    #[pyo3(signature = (now, *, policies=None, texts=None, stdlib=false, params=None, reach=None))]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword")]
    fn replace(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        policies: Option<Paths>,
        texts: Option<BTreeMap<String, String>>,
        stdlib: bool,
        params: Option<&Bound<'_, PyDict>>,
        reach: Option<u64>,
    ) -> PyResult<()> {
        let now = instant(now)?;
        let engine = build(py, builder(py, policies, texts, stdlib, params, reach)?)?;
        py.detach(|| self.keeper.replace(&engine, now).map(drop)).map_err(other_types)
    }

    /// Answers by the policies and facts of another engine from now on, both at once.
    fn replace_all(&self, py: Python<'_>, other: &Self, now: &Bound<'_, PyAny>) -> PyResult<()> {
        let now = instant(now)?;
        py.detach(|| {
            let engine = other.keeper.read(|standing| standing.engine().clone());
            self.keeper.replace_all(&engine, &other.keeper.snapshot(), now);
        });
        Ok(())
    }

    /// Moves the facts to the clock, where that changes anything.
    fn tick(&self, py: Python<'_>, now: &Bound<'_, PyAny>) -> PyResult<()> {
        let now = instant(now)?;
        py.detach(|| drop(self.keeper.tick(now)));
        Ok(())
    }

    /// Resolves a type of request, and makes everything ready that is the same for all requests.
    fn entry(&self, py: Python<'_>, request_type: &str) -> PyResult<Entry> {
        py.detach(|| self.keeper.read(|standing| standing.desk(request_type).map(drop)))
            .map_err(|error| undecided(&error))?;
        Ok(Entry::new(self.keeper.clone(), request_type))
    }

    /// Policies and facts as they stand, to decide on later.
    fn snapshot(&self) -> Snapshot {
        Snapshot { standing: self.keeper.standing() }
    }
}

#[pymethods]
impl Snapshot {
    /// Names the facts: the same facts have the same name.
    #[getter]
    fn id(&self) -> &str {
        self.standing.facts().snapshot()
    }

    /// The instant that they are of.
    #[getter]
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        datetime(py, self.standing.facts().now())
    }

    fn __repr__(&self) -> String {
        format!("Snapshot({}, now={})", self.standing.facts().snapshot(), self.standing.facts().now())
    }
}

fn read(path: &Path) -> Result<Vec<(String, u64, String)>, String> {
    if !assize_snapshots::is_snapshot(path) {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        return Ok(numbered(&path.display().to_string(), &text));
    }
    let mut lines = Vec::new();
    let mut keep =
        |file: &str, number: u64, line: &str| lines.push((file.to_owned(), number, line.to_owned()));
    assize_snapshots::read(path, &mut keep).map_err(|error| error.to_string())?;
    Ok(lines)
}
