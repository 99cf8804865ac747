//! Biscuit's authorizer: what a request says, and what is known of principal and resource, as facts of one value.

use std::collections::HashMap;
use std::time::Duration;

use biscuit_auth::builder::{AuthorizerBuilder, Fact, Term};
use biscuit_auth::{Authorizer, AuthorizerLimits};
use serde_json::{Map, Value};

use super::corpus::Corpus;

pub struct Biscuit {
    policies: AuthorizerBuilder,
    principals: HashMap<String, Vec<Fact>>,
    resources: HashMap<String, Vec<Fact>>,
    ready: Vec<Authorizer>,
}

fn fact(name: &str, value: &Value) -> Fact {
    let term = match value {
        Value::Bool(truth) => Term::Bool(*truth),
        Value::Number(number) => Term::Integer(number.as_i64().expect("a whole number")),
        Value::String(text) => Term::Str(text.clone()),
        other => panic!("{other} is no value of ours"),
    };
    Fact::new(name.to_owned(), vec![term])
}

/// What is known of each, by its id. The names of what both have begin otherwise for resources.
fn known(all: &[Value], shared: &str) -> HashMap<String, Vec<Fact>> {
    let name = |name: &str| match name {
        "environment" | "owner" => format!("{shared}{name}"),
        other => other.to_owned(),
    };
    let facts = |one: &Value| {
        let fields = one.as_object().expect("an object").iter().filter(|(name, _)| *name != "id");
        fields.map(|(of, value)| fact(&name(of), value)).collect()
    };
    all.iter().map(|one| (one["id"].as_str().expect("an id").to_owned(), facts(one))).collect()
}

impl Biscuit {
    pub fn new(corpus: &Corpus) -> Self {
        // An authorizer that is asked again and again adds up its time.
        let limits = AuthorizerLimits { max_time: Duration::from_hours(24), ..AuthorizerLimits::default() };
        let policies = AuthorizerBuilder::new().code(include_str!("../../policies/requests.biscuit"));
        let mut out = Self {
            policies: policies.expect("policies").set_limits(limits),
            principals: known(&corpus.principals, ""),
            resources: known(&corpus.resources, "resource_"),
            ready: Vec::new(),
        };
        out.ready = corpus.requests.iter().map(|one| out.authorizer(&one.fields)).collect();
        out
    }

    fn authorizer(&self, fields: &Map<String, Value>) -> Authorizer {
        let of = |name: &str| fields[name].as_str().expect("an id");
        let said = ["action", "source_ip", "hour", "mfa", "workload_attested"];
        let said = said.into_iter().map(|name| fact(name, &fields[name]));
        let known = self.principals[of("principal")].iter().chain(&self.resources[of("resource")]);
        said.chain(known.cloned())
            .fold(self.policies.clone(), |all, one| all.fact(one).expect("a fact"))
            .build_unauthenticated()
            .expect("an authorizer")
    }

    pub fn answer(&mut self, at: usize) -> bool {
        self.ready[at].authorize().is_ok()
    }

    pub fn answer_json(&self, corpus: &Corpus, at: usize) -> bool {
        let fields = serde_json::from_str(&corpus.requests[at].text).expect("JSON");
        self.authorizer(&fields).authorize().is_ok()
    }
}
