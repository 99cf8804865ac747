//! Requests, and whom and what they are about.

use serde_json::{Value, json};

use crate::numbers::one_of;

const ENVS: [&str; 3] = ["dev", "stage", "prod"];
const KINDS: [&str; 5] = ["user", "service_account", "workload", "ci_runner", "agent"];
const TEAMS: [&str; 6] =
    ["team-payments", "team-billing", "team-security", "team-search", "team-data", "team-web"];
const ADDRESSES: [&str; 4] = ["10.0.3.4", "10.7.1.1", "192.168.1.9", "203.0.113.7"];
const ACTIONS: [&str; 16] = [
    "secrets:read",
    "secrets:list",
    "secrets:rotate",
    "db:query",
    "db:describe",
    "db:drop",
    "metrics:read",
    "logs:read",
    "deploy:apply",
    "object:get",
    "object:head",
    "object:list",
    "object:put",
    "tool:invoke",
    "tool:list",
    "queue:send",
];
const PATHS: [&str; 7] = [
    "vault/prod/payments/",
    "vault/prod/break-glass/",
    "vault/dev/",
    "bucket/public/",
    "bucket/private/",
    "tools/search/",
    "db/main/",
];
/// How many principals there are, and how many resources.
const THINGS: u32 = 2_000;

fn pick(of: &[&str], id: u32, what: u64) -> String {
    let at = one_of(9, id, what, u32::try_from(of.len()).unwrap_or(1));
    of[usize::try_from(at).expect("a place in a short list")].to_owned()
}

/// One request as an object: principal and resource by their ids.
pub struct Request {
    pub fields: serde_json::Map<String, Value>,
    /// The same as text.
    pub text: String,
    /// With principal and resource inside, as text: for engines that know no facts.
    pub whole: String,
}

/// The requests, and the facts that they are about.
pub struct Corpus {
    pub principals: Vec<Value>,
    pub resources: Vec<Value>,
    pub requests: Vec<Request>,
}

impl Corpus {
    pub fn new(requests: u32) -> Self {
        let principal = |id| {
            json!({
                "id": format!("p{id}"),
                "kind": pick(&KINDS, id, 1),
                "privilege": one_of(9, id, 2, 6),
                "owner": pick(&TEAMS, id, 3),
                "age_days": one_of(9, id, 4, 1_000),
                "environment": pick(&ENVS, id, 5),
                "last_seen_days": one_of(9, id, 6, 120),
            })
        };
        let resource = |id| {
            json!({
                "id": format!("r{id}"),
                "path": format!("{}{id}", pick(&PATHS, id, 7)),
                "environment": pick(&ENVS, id, 8),
                "sensitivity": one_of(9, id, 9, 6),
                "owner": pick(&TEAMS, id, 10),
            })
        };
        let principals: Vec<Value> = (0..THINGS).map(principal).collect();
        let resources: Vec<Value> = (0..THINGS).map(resource).collect();
        let requests = (0..requests).map(|id| request(id, &principals, &resources)).collect();
        Self { principals, resources, requests }
    }
}

fn request(id: u32, principals: &[Value], resources: &[Value]) -> Request {
    let place = |what| usize::try_from(one_of(9, id, what, THINGS)).expect("a place in a list");
    let about = (place(20), place(22));
    let mut value = json!({
        "id": format!("q{id}"),
        "principal": principals[about.0]["id"],
        "action": pick(&ACTIONS, id, 21),
        "resource": resources[about.1]["id"],
        "source_ip": pick(&ADDRESSES, id, 23),
        "hour": one_of(9, id, 24, 24),
        "mfa": one_of(9, id, 25, 2) == 0,
        "workload_attested": one_of(9, id, 26, 2) == 0,
    });
    let fields = value.as_object().cloned().expect("an object");
    let text = value.to_string();
    value["principal"] = principals[about.0].clone();
    value["resource"] = resources[about.1].clone();
    Request { fields, text, whole: value.to_string() }
}
