//! Rego by `regorus`, interpreted and compiled; principal and resource are part of the input.

use std::sync::Arc;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};

use super::corpus::Corpus;

const RULE: &str = "data.requests.allow";

pub struct Rego {
    engine: Engine,
    machine: RegoVM,
    inputs: Vec<Value>,
    yes: Value,
}

fn engine() -> Engine {
    let mut engine = Engine::new();
    let policies = include_str!("../../policies/requests.rego").to_owned();
    engine.add_policy("requests.rego".to_owned(), policies).expect("policies");
    engine
}

impl Rego {
    pub fn new(corpus: &Corpus) -> Self {
        let compiled = engine().compile_with_entrypoint(&Arc::from(RULE)).expect("a rule");
        let program = Compiler::compile_from_policy(&compiled, &[RULE]).expect("a program");
        let mut machine = RegoVM::new();
        machine.load_program(program);
        let inputs =
            corpus.requests.iter().map(|one| Value::from_json_str(&one.whole).expect("JSON")).collect();
        Self { engine: engine(), machine, inputs, yes: Value::from(true) }
    }

    pub fn interpreted(&mut self, at: usize) -> bool {
        self.engine.set_input(self.inputs[at].clone());
        self.engine.eval_rule(RULE.to_owned()).expect("an answer") == self.yes
    }

    pub fn compiled(&mut self, at: usize) -> bool {
        self.machine.set_input(self.inputs[at].clone());
        self.machine.execute().expect("an answer") == self.yes
    }

    pub fn answer_json(&mut self, corpus: &Corpus, at: usize) -> bool {
        self.machine.set_input(Value::from_json_str(&corpus.requests[at].whole).expect("JSON"));
        self.machine.execute().expect("an answer") == self.yes
    }
}
