//! Requests: answers, reasons, explanations.

use std::cell::RefCell;
use std::sync::Arc;

use assize::facts::Instant;
use assize::{Answer, Ask, DecideError, Desk, Keeper, Reply, Scratch, Standing};
use pyo3::prelude::*;

use crate::engine::Snapshot;
use crate::errors::undecided;
use crate::json;
use crate::times::{datetime, instant};

thread_local! {
    /// What one thread decides in, again and again.
    static ROOM: RefCell<(Ask, Scratch)> = RefCell::default();
}

/// A type of request, and the engine that decides it.
#[pyclass(frozen, module = "assize")]
#[derive(Debug)]
pub struct Entry {
    keeper: Keeper,
    ty: Arc<str>,
}

/// A policy that decides something about a request.
#[pyclass(frozen, get_all, module = "assize")]
#[derive(Clone, Debug)]
pub struct Fired {
    /// Its qualified name.
    policy: String,
    /// Which of its arms, from 1.
    arm: usize,
    /// The strongest that it decides: `block`, `revoke`, `alert` or `rank`.
    outcome: &'static str,
    /// Whether it is carried out.
    enforced: bool,
}

#[pymethods]
impl Fired {
    fn __repr__(&self) -> String {
        format!("Fired({}, arm {}: {})", self.policy, self.arm, self.outcome)
    }
}

/// An answer. It holds on to the policies and facts that it rests on.
#[pyclass(frozen, module = "assize")]
#[derive(Debug)]
pub struct Decision {
    verdict: Answer,
    until: Option<Instant>,
    fired: Vec<Fired>,
    error: Option<String>,
    on: On,
}

#[derive(Debug)]
struct On {
    standing: Arc<Standing>,
    ty: Arc<str>,
    request: String,
    now: Instant,
}

impl On {
    /// Shows something of the request, as JSON.
    fn show(
        &self,
        show: impl FnOnce(&Desk, &Ask) -> Result<serde_json::Value, DecideError>,
    ) -> Result<String, DecideError> {
        let desk = self.standing.desk(&self.ty)?;
        let mut ask = Ask::default();
        desk.read(&self.request, &mut ask)?;
        show(desk, &ask).map(|shown| shown.to_string())
    }
}

fn value<T: serde::Serialize>(of: &T) -> serde_json::Value {
    serde_json::to_value(of).unwrap_or_default()
}

impl Entry {
    pub fn new(keeper: Keeper, ty: &str) -> Self {
        Self { keeper, ty: Arc::from(ty) }
    }

    fn standing(&self, on: Option<&Snapshot>) -> Arc<Standing> {
        on.map_or_else(|| self.keeper.standing(), |snapshot| Arc::clone(&snapshot.standing))
    }

    fn ask(
        &self,
        standing: &Arc<Standing>,
        request: String,
        now: Instant,
    ) -> Result<Decision, (DecideError, String)> {
        let decided = ROOM.with_borrow_mut(|(ask, scratch)| {
            let desk = standing.desk(&self.ty)?;
            desk.read(&request, ask)?;
            desk.decide(ask, now, scratch).map(|reply| (reply.verdict, reply.valid_until, fired(&reply)))
        });
        match decided {
            Ok((verdict, until, fired)) => {
                Ok(Decision { verdict, until, fired, error: None, on: self.on(standing, request, now) })
            }
            Err(error) => Err((error, request)),
        }
    }

    fn on(&self, standing: &Arc<Standing>, request: String, now: Instant) -> On {
        On { standing: Arc::clone(standing), ty: Arc::clone(&self.ty), request, now }
    }
}

fn fired(reply: &Reply<'_>) -> Vec<Fired> {
    let one = |fired: assize::Fired<'_>| Fired {
        policy: fired.policy.to_owned(),
        arm: fired.arm,
        outcome: fired.outcome,
        enforced: fired.is_enforced(),
    };
    reply.fired().map(one).collect()
}

#[pymethods]
impl Entry {
    /// Decides a request: a dict of its fields, or JSON. A field that is left out was not collected, `None` is known to
    /// be absent.
    #[pyo3(signature = (request, now, *, on=None))]
    fn decide(
        &self,
        py: Python<'_>,
        request: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
        on: Option<&Snapshot>,
    ) -> PyResult<Decision> {
        let (request, now) = (json::text(request)?, instant(now)?);
        let standing = self.standing(on);
        py.detach(|| self.ask(&standing, request, now)).map_err(|(error, _)| undecided(&error))
    }

    /// Decides several on the same policies and facts. One about which nothing can be said is undetermined, and has an
    /// `error`.
    #[pyo3(signature = (requests, now, *, on=None))]
    fn decide_many(
        &self,
        py: Python<'_>,
        requests: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
        on: Option<&Snapshot>,
    ) -> PyResult<Vec<Decision>> {
        let now = instant(now)?;
        let requests: Vec<String> =
            requests.try_iter()?.map(|request| json::text(&request?)).collect::<PyResult<_>>()?;
        let standing = self.standing(on);
        let one = |request| match self.ask(&standing, request, now) {
            Ok(decision) => decision,
            Err((error, request)) => Decision {
                verdict: Answer::Undetermined,
                until: None,
                fired: Vec::new(),
                error: Some(error.to_string()),
                on: self.on(&standing, request, now),
            },
        };
        Ok(py.detach(|| requests.into_iter().map(one).collect()))
    }

    /// Why, for a request: see `Decision.explain`.
    #[pyo3(signature = (request, now, *, on=None))]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        request: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
        on: Option<&Snapshot>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.decide(py, request, now, on)?.explain(py)
    }
}

#[pymethods]
impl Decision {
    /// `allow`, `block` or `undetermined`.
    #[getter]
    fn verdict(&self) -> &'static str {
        match self.verdict {
            Answer::Allow => "allow",
            Answer::Block => "block",
            Answer::Undetermined => "undetermined",
        }
    }

    /// Whether it is `allow`: what cannot be told is not.
    #[getter]
    fn allowed(&self) -> bool {
        self.verdict == Answer::Allow
    }

    /// Until when the clock alone changes nothing about it; `None` is: until a fact changes.
    #[getter]
    fn valid_until<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.until.map(|until| datetime(py, until)).transpose()
    }

    /// The policies that decide something, in the order of their names.
    #[getter]
    fn fired(&self) -> Vec<Fired> {
        self.fired.clone()
    }

    /// Why nothing could be said; only of `decide_many`.
    #[getter]
    fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// The answer with its reasons, obligations (`with`) and evidence, and what could not be decided.
    fn reasons<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let on = &self.on;
        let shown = py.detach(|| on.show(|desk, ask| desk.verdict(ask, on.now).map(|shown| value(&shown))));
        json::loads(py, &shown.map_err(|error| undecided(&error))?)
    }

    /// Of each policy that decides something, or cannot tell: its table with what every condition came to, the values
    /// and the evidence that were read, and what would change the decision.
    fn explain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let on = &self.on;
        let shown = py.detach(|| on.show(|desk, ask| desk.explain(ask, on.now).map(|shown| value(&shown))));
        json::loads(py, &shown.map_err(|error| undecided(&error))?)
    }

    fn __repr__(&self) -> String {
        let names: Vec<&str> = self.fired.iter().map(|one| one.policy.as_str()).collect();
        format!("Decision({}, fired=[{}])", self.verdict(), names.join(", "))
    }
}
