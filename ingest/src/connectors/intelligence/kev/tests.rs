use super::*;
use crate::testing::{context, facts, samples, show};

const FIXTURE: &str = include_str!("../../../../fixtures/kev/catalog.json");

fn read_at(input: &str, fetched: Option<&str>) -> String {
    let mut context = context();
    context.observed_at = fetched.map(|at| at.parse().unwrap());
    show(&Kev.ingest(input.as_bytes(), "kev.json", &context).unwrap())
}

#[test]
fn the_catalog_as_facts() {
    insta::assert_snapshot!(read_at(FIXTURE, None), @r#"
    vulnerabilities[0]: {"KevEntry":{"added_at":"2026-05-20T00:00:00Z","due_at":"2026-06-10T00:00:00Z","id":"CVE-2026-20001","ransomware":true,"vulnerability":"CVE-2026-20001"},"observed_at":"2026-05-29T17:04:19.9796Z"}
    vulnerabilities[1]: {"KevEntry":{"added_at":"2026-05-20T00:00:00Z","due_at":"2026-06-10T00:00:00Z","id":"CVE-2026-10001","ransomware":false,"vulnerability":"CVE-2026-10001"},"observed_at":"2026-05-29T17:04:19.9796Z"}
    vulnerabilities[2]: {"KevEntry":{"added_at":"2026-05-20T00:00:00Z","due_at":null,"id":"CVE-2026-10003","ransomware":false,"vulnerability":"CVE-2026-10003"},"observed_at":"2026-05-29T17:04:19.9796Z"}
    run: {"run":{"complete":true,"from":"2026-05-29T17:04:19.9796Z","rejected":3,"scope":"*","types":["KevEntry"],"until":"2026-05-29T17:04:19.9796Z"}}
    reject vulnerabilities[3]: `cveID` is no CVE id
    reject vulnerabilities[4]: `dateAdded` is not a timestamp
    reject vulnerabilities[5]: `knownRansomwareCampaignUse` is neither `Known` nor `Unknown`
    "#);
}

#[test]
fn a_catalog_is_as_new_as_its_fetching() {
    let run =
        |fetched| read_at(FIXTURE, fetched).lines().find(|line| line.starts_with("run")).unwrap().to_owned();
    assert!(run(Some("2026-05-31T09:00:00Z")).contains(r#""until":"2026-05-31T09:00:00Z""#));
    assert!(
        run(Some("2026-05-01T09:00:00Z")).contains(r#""until":"2026-05-29T17:04:19.9796Z""#),
        "never older"
    );
}

#[test]
fn a_catalog_with_fewer_entries_than_it_says_proves_no_absence() {
    let text = read_at(
        r#"{"catalogVersion": "1", "dateReleased": "2026-05-29", "count": 2, "vulnerabilities": []}"#,
        None,
    );
    insta::assert_snapshot!(text, @r#"
    run: {"run":{"complete":false,"from":"2026-05-29T00:00:00Z","rejected":0,"scope":"*","types":["KevEntry"],"until":"2026-05-29T00:00:00Z"}}
    note: the catalog has not as many entries as its `count` says: it proves no absence
    "#);
}

#[test]
fn the_catalogs_schema_is_no_catalog() {
    let schema =
        r#"{"$schema": "x", "properties": {"catalogVersion": {}, "vulnerabilities": {"type": "array"}}}"#;
    assert!(Kev.ingest(schema.as_bytes(), "", &context()).is_err());
}

#[test]
fn the_real_catalog_is_read_without_rejects() {
    for (path, input) in samples("kev", &["vulnerabilities.json"]) {
        let output = Kev.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert_eq!(facts(&output, "KevEntry").len(), 1_404);
    }
}
