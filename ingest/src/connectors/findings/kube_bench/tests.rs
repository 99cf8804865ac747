use super::*;
use crate::testing::{context, facts, samples, show};

const RUN: &str = include_str!("../../../../fixtures/kube-bench/run.json");
const LIST: &str = include_str!("../../../../fixtures/kube-bench/list.json");

fn read(input: &str, node: Option<&str>) -> Output {
    let context = Context { instance: node.map(str::to_owned), ..context() };
    KubeBench.ingest(input.as_bytes(), "kube-bench.json", &context).unwrap()
}

#[test]
fn a_nodes_run_as_facts() {
    insta::assert_snapshot!(show(&read(RUN, Some("node-1"))));
}

#[test]
fn without_a_node_nothing_is_proven() {
    insta::assert_snapshot!(show(&read(LIST, None)));
}

#[test]
fn a_check_that_was_not_tested_is_neither_open_nor_mended() {
    let output = read(RUN, Some("node-1"));
    let found = facts(&output, "Finding");
    let warned = found.iter().find(|it| it["rule"] == "1.2.1").unwrap();
    assert!(warned.get("status").is_none(), "{warned}");
}

#[test]
fn the_cluster_must_be_named() {
    let mut nowhere = context();
    nowhere.cluster = None;
    insta::assert_snapshot!(KubeBench.ingest(RUN.as_bytes(), "", &nowhere).unwrap_err());
}

#[test]
fn real_outputs_are_read_without_rejects() {
    for (path, input) in samples("kube_bench", &[".json"]) {
        let output = KubeBench.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "Finding").is_empty());
    }
}
