use super::*;
use crate::testing::{context, facts, samples, show};

fn read_text(input: &str) -> Output {
    Spire.ingest(input.as_bytes(), "entries.json", &context()).unwrap()
}

#[test]
fn entries_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/spire/entries.json"))));
}

#[test]
fn an_id_is_a_service_account_by_its_selectors_and_not_by_its_path() {
    let output = read_text(include_str!("../../../../fixtures/spire/entries.json"));
    let said = show(&output);
    assert!(said.contains(r#""Identity":"spiffe://northwind.example/arm","is":"k8s:prod-eu/robots/arm""#));
    // Its path looks like a service account, and its selectors name none.
    assert!(!said.contains("k8s:prod-eu/robots/looks-like"));
    // Two service accounts get one id: they are two, and each may act as it.
    let trust: Vec<_> = facts(&output, "Trust").iter().map(|it| it["source"].clone()).collect();
    assert!(
        trust.contains(&"k8s:prod-eu/robots/left".into())
            && trust.contains(&"k8s:prod-eu/robots/right".into())
    );
}

#[test]
fn the_text_says_the_same() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/spire/entries.txt"))));
}

#[test]
fn without_a_cluster_nothing_is_joined() {
    let mut context = context();
    context.cluster = None;
    let output =
        Spire.ingest(include_bytes!("../../../../fixtures/spire/entries.json"), "", &context).unwrap();
    assert!(facts(&output, "Trust").is_empty() && !show(&output).contains("same_as"));
    assert!(output.notes.iter().any(|note| note.contains("give `--cluster`")));
}

#[test]
fn what_is_odd_is_rejected() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/spire/odd.json"))));
}

#[test]
fn the_real_ones_are_read() {
    for (path, bytes) in samples("spire", &[".json", ".txt"]) {
        let output = Spire.ingest(&bytes, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert_eq!(facts(&output, "Identity").len(), 2, "{}", path.display());
    }
}
