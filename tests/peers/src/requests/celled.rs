//! The `cel` crate: twenty expressions; principal and resource are found by their ids and given to them.

use std::collections::HashMap;
use std::sync::Arc;

use cel::{Context, Env, Program, Value as Cel};
use serde_json::Value;

use super::corpus::{Corpus, Request};

pub struct Celled {
    base: &'static Context<'static, 'static>,
    forbids: Vec<Program>,
    permits: Vec<Program>,
    ready: Vec<Context<'static, 'static>>,
    principals: HashMap<String, Cel>,
    resources: HashMap<String, Cel>,
}

fn value(of: &Value) -> Cel {
    match of {
        Value::Bool(truth) => Cel::Bool(*truth),
        Value::Number(number) => Cel::Int(number.as_i64().expect("a whole number")),
        Value::String(text) => text.as_str().into(),
        Value::Object(fields) => {
            fields.iter().map(|(name, of)| (name.as_str(), value(of))).collect::<HashMap<&str, Cel>>().into()
        }
        other => panic!("{other} is no value of ours"),
    }
}

impl Celled {
    pub fn new(corpus: &Corpus) -> Self {
        let env = Arc::new(Env::stdlib());
        let (mut forbids, mut permits) = (Vec::new(), Vec::new());
        for line in include_str!("../../policies/requests.cel").lines() {
            let (name, expression) = line.split_once(": ").expect("a name and an expression");
            let program = env.compile(expression).expect("an expression");
            if name.starts_with('f') { forbids.push(program) } else { permits.push(program) }
        }
        let by_id = |all: &[Value]| -> HashMap<String, Cel> {
            all.iter().map(|one| (one["id"].as_str().expect("an id").to_owned(), value(one))).collect()
        };
        // It lives as long as the process, so that what is ready beforehand can refer to it.
        let base: &'static Context<'static, 'static> =
            Box::leak(Box::new(Context::with_env(Arc::clone(&env))));
        let mut out = Self {
            base,
            forbids,
            permits,
            ready: Vec::new(),
            principals: by_id(&corpus.principals),
            resources: by_id(&corpus.resources),
        };
        out.ready = corpus.requests.iter().map(|one| out.context(&one.fields)).collect();
        out
    }

    fn context(&self, fields: &serde_json::Map<String, Value>) -> Context<'static, 'static> {
        let mut context = self.base.new_inner_scope();
        for (name, of) in fields {
            let known = match name.as_str() {
                "principal" => self.principals[of.as_str().expect("an id")].clone(),
                "resource" => self.resources[of.as_str().expect("an id")].clone(),
                _ => value(of),
            };
            context.add_variable_from_value(name.as_str(), known);
        }
        context
    }

    fn ask(&self, context: &Context<'_, '_>) -> bool {
        let holds = |program: &Program| matches!(program.execute(context), Ok(Cel::Bool(true)));
        !self.forbids.iter().any(holds) && self.permits.iter().any(holds)
    }

    pub fn answer(&self, at: usize) -> bool {
        self.ask(&self.ready[at])
    }

    pub fn answer_json(&self, corpus: &Corpus, at: usize) -> bool {
        let Request { text, .. } = &corpus.requests[at];
        self.ask(&self.context(&serde_json::from_str(text).expect("JSON")))
    }
}
