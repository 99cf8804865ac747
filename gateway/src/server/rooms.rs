//! What is served, by who may ask for it. A feature adds its routes here and knows nothing of listeners.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

use super::auth::{Guard, May};
use super::gate::{self, Gate};
use super::limits;
use crate::config::Limits;

/// Routes.
#[derive(Debug, Default)]
pub struct Rooms {
    open: Router,
    ask: Router,
    write: Router,
}

impl Rooms {
    /// Adds what everybody may see: whether the server is well.
    #[must_use]
    pub fn open(self, routes: Router) -> Self {
        Self { open: self.open.merge(routes), ..self }
    }

    /// Adds what whoever may ask for decisions may see.
    #[must_use]
    pub fn ask(self, routes: Router) -> Self {
        Self { ask: self.ask.merge(routes), ..self }
    }

    /// Adds what changes anything: never without a token or a certificate.
    #[must_use]
    pub fn write(self, routes: Router) -> Self {
        Self { write: self.write.merge(routes), ..self }
    }

    /// All of it, guarded and limited.
    pub(super) fn router(self, guard: &Arc<Guard>, limits: &Limits) -> Router {
        let work = limits::Work::new(limits.requests);
        let asked = limits::Most { body: limits.body, time: limits.request_time };
        let written = limits::Most { body: limits.upload, time: limits.upload_time };
        // What is in work is counted for asking and writing; whether the server is well can always be seen.
        let ask = Gate { most: asked, who: Some((Arc::clone(guard), May::Ask)), work: Some(work.clone()) };
        let write = Gate { most: written, who: Some((Arc::clone(guard), May::Write)), work: Some(work) };
        let open = Gate { most: asked, who: None, work: None };
        let behind =
            |gate: Gate, routes: Router| routes.layer(from_fn_with_state(Arc::new(gate), gate::pass));
        behind(ask, self.ask).merge(behind(write, self.write)).merge(behind(open, self.open))
    }
}
