//! Cedar, with principals and resources in its store of entities.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use serde_json::Value;

use super::corpus::Corpus;

pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    requests: Vec<Request>,
}

fn uid(ty: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(EntityTypeName::from_str(ty).expect("a type"), EntityId::new(id))
}

fn plain(value: &Value) -> RestrictedExpression {
    match value {
        Value::Bool(truth) => RestrictedExpression::new_bool(*truth),
        Value::Number(number) => RestrictedExpression::new_long(number.as_i64().expect("a whole number")),
        Value::String(text) => RestrictedExpression::new_string(text.clone()),
        other => panic!("{other} is no plain value"),
    }
}

fn entity(ty: &str, value: &Value) -> Entity {
    let fields = value.as_object().expect("an object");
    let attributes: HashMap<String, RestrictedExpression> = fields
        .iter()
        .filter(|(name, _)| *name != "id")
        .map(|(name, value)| (name.clone(), plain(value)))
        .collect();
    Entity::new(uid(ty, fields["id"].as_str().expect("an id")), attributes, HashSet::new())
        .expect("an entity")
}

fn request(fields: &serde_json::Map<String, Value>) -> Request {
    let text = |name: &str| fields[name].as_str().expect("a text");
    let pairs =
        ["source_ip", "hour", "mfa", "workload_attested"].map(|name| (name.to_owned(), plain(&fields[name])));
    let context = Context::from_pairs(pairs).expect("a context");
    let (principal, resource) = (uid("Principal", text("principal")), uid("Resource", text("resource")));
    Request::new(principal, uid("Action", text("action")), resource, context, None).expect("a request")
}

impl Cedar {
    pub fn new(corpus: &Corpus) -> Self {
        let principals = corpus.principals.iter().map(|one| entity("Principal", one));
        let resources = corpus.resources.iter().map(|one| entity("Resource", one));
        Self {
            authorizer: Authorizer::new(),
            policies: include_str!("../../policies/requests.cedar").parse().expect("policies"),
            entities: Entities::from_entities(principals.chain(resources), None).expect("entities"),
            requests: corpus.requests.iter().map(|one| request(&one.fields)).collect(),
        }
    }

    fn ask(&self, request: &Request) -> bool {
        self.authorizer.is_authorized(request, &self.policies, &self.entities).decision() == Decision::Allow
    }

    pub fn answer(&self, at: usize) -> bool {
        self.ask(&self.requests[at])
    }

    pub fn answer_json(&self, corpus: &Corpus, at: usize) -> bool {
        self.ask(&request(&serde_json::from_str(&corpus.requests[at].text).expect("JSON")))
    }
}
