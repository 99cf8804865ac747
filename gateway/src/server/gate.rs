//! What stands before everything that is asked: room for one more, who asks, how much he sends, how long it takes.
//! One layer for all of it: each would cost as much as all together.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::auth::{Guard, May};
use super::limits::{Most, Work};

/// Before the routes of one kind.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) most: Most,
    /// Who may pass; `None` is everybody.
    pub(super) who: Option<(Arc<Guard>, May)>,
    /// What is in work is counted here, if at all.
    pub(super) work: Option<Work>,
}

/// Lets a request on that may be answered.
pub(super) async fn pass(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let permit = gate.work.as_ref().map(Work::one);
    if matches!(permit, Some(None)) {
        return Work::full();
    }
    if let Some((guard, may)) = &gate.who
        && let Some(refused) = guard.refuses(*may, &request)
    {
        return refused;
    }
    if let Some(refused) = gate.most.refuses(&request) {
        return refused;
    }
    gate.most.of_time(next.run(gate.most.bounded(request))).await
}
