//! What is served, by who may ask for it. A feature adds its routes here and knows nothing of listeners.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

use super::auth::{self, Guard};
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
        let ask = self
            .ask
            .layer(from_fn_with_state(
                limits::Most { body: limits.body, time: limits.request_time },
                limits::most,
            ))
            .layer(from_fn_with_state(Arc::clone(guard), auth::may_ask));
        let write = self
            .write
            .layer(from_fn_with_state(
                limits::Most { body: limits.upload, time: limits.upload_time },
                limits::most,
            ))
            .layer(from_fn_with_state(Arc::clone(guard), auth::may_write));
        let open = self.open.layer(from_fn_with_state(
            limits::Most { body: limits.body, time: limits.request_time },
            limits::most,
        ));
        let work = limits::Work::new(limits.requests);
        // What is in work is counted for asking and writing; whether the server is well can always be seen.
        ask.merge(write).layer(from_fn_with_state(work, limits::few)).merge(open)
    }
}
