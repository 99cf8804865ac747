//! Kubernetes' AdmissionReview v1. An image each is a `Deploy`, the review as a whole an `Admission`; where
//! policies decide both, both have to allow it. Nothing is changed, so `dryRun` makes no difference.

use std::collections::BTreeSet;
use std::sync::Arc;

use assize_ingest::keys;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use serde_json::{Map, Value, json};

use super::ask::Asker;
use super::json::{self as strict, BadBody};
use super::{http, told};
use crate::config::Admission;
use crate::point::{Answer, Point, Why};

const ADMISSION: &str = "Admission";
const DEPLOY: &str = "Deploy";

#[derive(Debug)]
struct Webhook {
    asker: Asker,
    config: Admission,
}

/// The routes.
pub(super) fn routes(point: &Arc<Point>, config: &Admission) -> Router {
    let webhook = Webhook { asker: Asker::new(point, "admission"), config: config.clone() };
    Router::new()
        .route("/v1/admission", post(default))
        .route("/v1/admission/{*entry}", post(named))
        .with_state(Arc::new(webhook))
}

async fn default(
    State(webhook): State<Arc<Webhook>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, BadBody> {
    webhook.review(None, &headers, body).await
}

async fn named(
    State(webhook): State<Arc<Webhook>>,
    Path(entry): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, BadBody> {
    webhook.review(Some(&entry), &headers, body).await
}

impl Webhook {
    async fn review(
        &self,
        entry: Option<&str>,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Response, BadBody> {
        let bad = |message: &str| BadBody { status: StatusCode::BAD_REQUEST, message: message.to_owned() };
        let review = strict::read(&strict::bytes(body).await?)?;
        let is = |name: &str, wanted: &str| review.get(name).and_then(Value::as_str) == Some(wanted);
        if !is("apiVersion", "admission.k8s.io/v1") || !is("kind", "AdmissionReview") {
            return Err(bad("this is no AdmissionReview of admission.k8s.io/v1"));
        }
        let request = review.get("request").filter(|request| request.is_object());
        let request = request.ok_or_else(|| bad("the review has no `request`"))?;
        let uid =
            request.get("uid").and_then(Value::as_str).ok_or_else(|| bad("`request.uid` is missing"))?;
        let answers = self.answers(entry, uid, request, headers);
        Ok(reply(uid, &answers))
    }

    /// The answers that have to allow it: at least one.
    fn answers(&self, entry: Option<&str>, uid: &str, request: &Value, headers: &HeaderMap) -> Vec<Answer> {
        let standing = self.asker.point.standing();
        let caller = http::caller(headers);
        let said = self.document(request);
        let images = images(request);
        let about = |ty: &str| standing.bindings().about(ty).map(|name| (name.to_owned(), ty == DEPLOY));
        let entries: Vec<(String, bool)> = match entry {
            Some(name) => {
                let deploy = standing.bindings().get(name).is_some_and(|of| of.ty().ends_with(".Deploy"));
                vec![(name.to_owned(), deploy)]
            }
            // What runs no image deploys nothing.
            None => {
                about(ADMISSION).into_iter().chain(about(DEPLOY).filter(|_| !images.is_empty())).collect()
            }
        };
        let mut out = Vec::new();
        for (name, by_image) in entries {
            let single = Vec::from([None]);
            let each: Vec<Option<&String>> =
                if by_image { images.iter().map(Some).collect() } else { single };
            for image in each {
                let mut said = said.clone();
                said.extend(image.map(|image| ("image".to_owned(), json!(digest(image)))));
                let document = json!({"id": uid, "admission": said, "context": {}});
                out.push(self.asker.ask(&standing, &name, document, caller));
            }
        }
        if out.is_empty() {
            let names = standing.bindings().about(DEPLOY).is_some();
            // A review of what runs no image, where only deploys are decided: nobody asks about it.
            out.push(if names && entry.is_none() {
                self.asker.pass(DEPLOY, caller)
            } else {
                self.asker.refuse(ADMISSION, Why::NoEntry(ADMISSION.to_owned()), caller)
            });
        }
        out
    }

    fn document(&self, request: &Value) -> Map<String, Value> {
        let text = |path: &[&str]| {
            let found = path.iter().try_fold(request, |at, name| at.get(name))?;
            found.as_str().map(|text| json!(text))
        };
        let mut out = Map::new();
        let mut put =
            |name: &str, value: Option<Value>| out.extend(value.map(|value| (name.to_owned(), value)));
        put("operation", text(&["operation"]));
        put("group", text(&["kind", "group"]));
        put("kind", text(&["kind", "kind"]));
        put("resource", text(&["resource", "resource"]));
        put("subresource", text(&["subResource"]).filter(|name| name != ""));
        put("namespace", text(&["namespace"]));
        put("name", text(&["name"]));
        put("user", text(&["userInfo", "username"]));
        // Whoever is no service account is known to be none; which one it is takes the cluster's name to tell.
        let user = request.get("userInfo").and_then(|user| user.get("username")?.as_str());
        let asker =
            user.map(|user| user.strip_prefix("system:serviceaccount:").map(|rest| rest.split_once(':')));
        put(
            "asker",
            match (asker, &self.config.cluster) {
                (Some(None), _) => Some(Value::Null),
                (Some(Some(Some((namespace, name)))), Some(cluster)) => {
                    Some(json!(keys::service_account(cluster, namespace, name)))
                }
                _ => None,
            },
        );
        put("groups", request.get("userInfo").and_then(|user| user.get("groups")).cloned());
        put("dry_run", Some(request.get("dryRun").cloned().unwrap_or(Value::Bool(false))));
        put("cluster", self.config.cluster.as_ref().map(|cluster| json!(cluster)));
        put("images", Some(json!(images(request))));
        put("object", request.get("object").cloned());
        put("old_object", request.get("oldObject").cloned());
        if let (Some(cluster), Some(namespace)) =
            (&self.config.cluster, request.get("namespace").and_then(Value::as_str))
        {
            let account = pod(request).and_then(|pod| pod.get("serviceAccountName")?.as_str());
            // A pod that names none runs as `default`.
            let account = account.or_else(|| pod(request).map(|_| "default"));
            put("identity", account.map(|name| json!(keys::service_account(cluster, namespace, name))));
        }
        // What makes no pods runs as nobody.
        if pod(request).is_none() {
            out.insert("identity".to_owned(), Value::Null);
        }
        out
    }
}

/// The pod that is asked for, or that what is asked for makes.
fn pod(request: &Value) -> Option<&Value> {
    let spec = request.get("object")?.get("spec")?;
    let nested = [&["template", "spec"][..], &["jobTemplate", "spec", "template", "spec"]];
    let within = nested.iter().find_map(|path| path.iter().try_fold(spec, |at, name| at.get(name)));
    within.or_else(|| spec.get("containers").map(|_| spec))
}

/// The images of all containers, each once.
fn images(request: &Value) -> Vec<String> {
    let Some(pod) = pod(request) else { return Vec::new() };
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let all = lists.iter().filter_map(|name| pod.get(name)?.as_array()).flatten();
    let images: BTreeSet<String> =
        all.filter_map(|container| container.get("image")?.as_str()).map(str::to_owned).collect();
    images.into_iter().collect()
}

/// What an image is known by: its digest. One that is named by a tag alone may be any.
fn digest(image: &str) -> &str {
    image.rsplit_once('@').map_or(image, |(_, digest)| digest)
}

/// One that blocks is enough to block, and nobody allows what one cannot tell.
fn reply(uid: &str, answers: &[Answer]) -> Response {
    let mut warnings = Vec::new();
    let mut blocked: Option<(&Answer, &str)> = None;
    let mut open: Option<(&Answer, String)> = None;
    let mut allowed: Option<&Answer> = None;
    for answer in answers {
        match answer {
            Answer::Allow(_) => {
                allowed = Some(answer);
                let because = answer.effects().map(|decision| decision.because.clone());
                warnings.extend(because.map(short));
            }
            Answer::Block(block) => blocked = blocked.or(Some((answer, block.because()))),
            Answer::Undetermined(of) => open = open.or_else(|| Some((answer, of.why().to_string()))),
        }
    }
    let (answer, response) = match (blocked, open, allowed) {
        (Some((answer, because)), _, _) => {
            let message = format!("{because} (decision {})", answer.mark().id);
            (answer, json!({"allowed": false, "status": {"code": 403, "message": message}}))
        }
        (None, Some((answer, why)), _) => {
            let text = format!("{why}; decision {}\n", answer.mark().id);
            return http::marked(answer, (StatusCode::INTERNAL_SERVER_ERROR, text));
        }
        (None, None, Some(answer)) => (answer, json!({"allowed": true})),
        // No answer is no allow.
        (None, None, None) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    let mut response = response;
    if let Value::Object(response) = &mut response {
        response.insert("uid".to_owned(), json!(uid));
        if !warnings.is_empty() {
            response.insert("warnings".to_owned(), json!(warnings));
        }
        let annotations: Map<String, Value> = told::headers(answer)
            .into_iter()
            .map(|(name, value)| (name.trim_start_matches("x-").to_owned(), json!(value)))
            .collect();
        response.insert("auditAnnotations".to_owned(), Value::Object(annotations));
    }
    let review =
        json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response});
    Json(review).into_response()
}

/// The API server cuts warnings off at 256 letters.
fn short(text: String) -> String {
    if text.chars().count() <= 256 { text } else { text.chars().take(255).chain(['…']).collect() }
}
