use super::*;
use crate::testing::{context, fact, facts, samples, show};

const TENANT: &str = "02B2B7CC-0000-4000-8000-000000000001";

fn in_tenant() -> Context {
    let mut context = context();
    context.account = Some(TENANT.to_owned());
    context
}

fn read_text(input: &str) -> Output {
    Entra.ingest(input.as_bytes(), "entra.json", &in_tenant()).unwrap()
}

#[test]
fn a_tenants_answers_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/entra/tenant.json"))));
}

#[test]
fn an_app_and_its_service_principal_are_one_identity() {
    let output = read_text(include_str!("../../../../fixtures/entra/tenant.json"));
    let said = show(&output);
    assert!(said.contains(r#""Identity":"entra:app-object-1","is":"entra:sp-object-1""#));
    // The app's secret is the service principal's.
    assert_eq!(fact(&output, "Secret", "entra-key:key-1")["identity"], "entra:sp-object-1");
}

#[test]
fn the_beginning_of_a_value_stays_out() {
    assert!(!show(&read_text(include_str!("../../../../fixtures/entra/tenant.json"))).contains("hinthint"));
}

#[test]
fn of_pages_that_go_on_nothing_is_concluded() {
    let output = read_text(include_str!("../../../../fixtures/entra/first_page.json"));
    assert!(show(&output).contains(r#""complete":false"#));
}

#[test]
fn what_is_odd_is_rejected() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/entra/odd.json"))));
}

#[test]
fn without_a_tenant_nothing_can_be_joined() {
    let error =
        Entra.ingest(include_bytes!("../../../../fixtures/entra/tenant.json"), "", &context()).unwrap_err();
    assert_eq!(error.to_string(), "the input does not say which account it is about; give `--account`");
}

#[test]
fn the_real_one_is_read() {
    for (path, bytes) in samples("entra", &["graph_serviceprincipal_get.json"]) {
        let output = Entra.ingest(&bytes, "", &in_tenant()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert_eq!(facts(&output, "Identity").len(), 1);
    }
}
