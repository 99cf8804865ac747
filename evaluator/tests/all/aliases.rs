//! A fact with several keys is one fact, whichever of them somebody names it by.

use assize::Engine;

const NOW: &str = "2026-06-01T12:00:00Z";
const POLICY: &str = "nhi.lifecycle.idle_static_secret";
const SLOT: &str = "user/ci/key@2025-01-01T00:00:00Z";

/// A key that the inventory knows by its slot and the log by its id; only the provider's record of the last
/// use, which names the slot, shows that it was not used.
fn facts() -> [String; 4] {
    let tail = r#""source": {"tool": "aws"}, "observed_at": "2026-06-01T11:00:00Z""#;
    [
        format!(
            r#"{{"Secret": {{"id": "{SLOT}", "static": true, "status": "active", "identity": "user/ci", "account": "a",
               "created_at": "2025-01-01T00:00:00Z", "ended_at": null}}, {tail}}}"#
        ),
        format!(r#"{{"Identity": {{"id": "user/ci", "name": "ci", "account": "a"}}, {tail}}}"#),
        format!(r#"{{"same_as": {{"Secret": "{SLOT}", "is": "AKIA1"}}, {tail}}}"#),
        format!(
            r#"{{"Coverage": {{"id": "c", "signal": "key_last_used", "scope": "{SLOT}", "from": "2025-06-01T00:00:00Z",
               "until": "2026-06-01T11:00:00Z"}}, {tail}}}"#
        ),
    ]
}

fn engine_and_snapshot() -> (Engine, assize::Snapshot) {
    let engine = Engine::builder().stdlib().build().unwrap();
    let mut loader = engine.loader();
    for (number, line) in (1..).zip(facts()) {
        loader.line("facts.ndjson", number, &line.replace('\n', " "));
    }
    let snapshot = loader.finish();
    assert_eq!(snapshot.rejects(), []);
    (engine, snapshot)
}

#[test]
fn coverage_of_one_key_is_coverage_of_the_other() {
    let (engine, snapshot) = engine_and_snapshot();
    let decisions = engine.evaluate(&snapshot, NOW.parse().unwrap()).decisions;
    let decided: Vec<&str> =
        decisions.iter().filter(|it| it.policy == POLICY).map(|it| it.because.as_str()).collect();
    assert_eq!(decided, ["not used in 45d; created 2025-01-01T00:00:00Z"]);
}

#[test]
fn evidence_says_by_which_other_key_a_fact_was_reported() {
    let (engine, snapshot) = engine_and_snapshot();
    let decisions = engine.evaluate(&snapshot, NOW.parse().unwrap()).decisions;
    let decision = decisions.iter().find(|it| it.policy == POLICY).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&decision.evidence.first()).unwrap(), @r#"{"Secret":"AKIA1","source":{"tool":"aws"},"reported_as":"user/ci/key@2025-01-01T00:00:00Z"}"#);
    let why = engine.explain(&snapshot, NOW.parse().unwrap(), POLICY, &[SLOT]).unwrap().to_string();
    assert!(
        why.contains("Secret `AKIA1`, from aws, reported as `user/ci/key@2025-01-01T00:00:00Z`"),
        "{why}"
    );
}

/// A scanner names an image by its configuration's digest, a cluster by its manifest's: the decision that joins them
/// says so.
#[test]
fn a_join_by_another_key_is_told() {
    let text = r#"package t

entity Image { key id: string } closed
entity Finding { key id: string  image: Image } closed
entity Pod { key id: string  image: Image  extra: list<Image> } closed

policy runs {
  for f: Finding, p: Pod
  where p.image == f.image
  decide { otherwise => alert low because "{f.image.id}" }
}

policy may_run {
  for f: Finding, p: Pod
  where f.image in p.extra
  decide { otherwise => alert low because "{f.image.id}" }
}
"#;
    let engine = Engine::builder().source("t.assize", text).build().unwrap();
    let mut loader = engine.loader();
    for (number, fact) in (1..).zip([
        r#""Finding": {"id": "F1", "image": "sha256:config"}, "source": {"tool": "scanner"}"#,
        r#""Pod": {"id": "web", "image": "repo@sha256:manifest", "extra": ["sha256:index"]}, "source": {"tool": "cluster"}"#,
        r#""same_as": {"Image": "sha256:config", "is": "repo@sha256:manifest"}, "source": {"tool": "scanner"}"#,
        r#""same_as": {"Image": "sha256:index", "is": "repo@sha256:manifest"}, "source": {"tool": "cluster"}"#,
    ]) {
        loader.line("facts.ndjson", number, &format!("{{{fact}, \"observed_at\": \"{NOW}\"}}"));
    }
    let snapshot = loader.finish();
    assert_eq!(snapshot.rejects(), []);
    let now = NOW.parse().unwrap();
    let evaluation = engine.evaluate(&snapshot, now);
    let told: Vec<String> = evaluation
        .decisions
        .iter()
        .map(|it| {
            format!(
                "{}: {}",
                it.policy,
                it.aliases.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    t.runs: Finding `F1`.image says `sha256:config` of Image `repo@sha256:manifest`
    t.may_run: Finding `F1`.image says `sha256:config` of Image `repo@sha256:manifest`; Pod `web`.extra says `sha256:index` of Image `repo@sha256:manifest`
    ");
    let mut writer = engine.writer(&snapshot, now);
    assert_eq!(writer.evaluation().decisions, evaluation.decisions);
    insta::assert_snapshot!(serde_json::to_string(&evaluation.decisions[0].aliases).unwrap(), @r#"[{"fact":{"Finding":"F1"},"field":"image","reported_as":"sha256:config","is":{"Image":"repo@sha256:manifest"}}]"#);
}

#[test]
fn a_case_is_explained_by_either_key() {
    let (engine, snapshot) = engine_and_snapshot();
    let now = NOW.parse().unwrap();
    let by_id = engine.explain(&snapshot, now, POLICY, &["AKIA1"]).unwrap();
    assert!(by_id.decision.is_some());
    assert_eq!(engine.explain(&snapshot, now, POLICY, &[SLOT]).unwrap(), by_id);
}

/// A signal that is asked of a cluster or of a workload: what was said of an interface is of the machine behind it.
#[test]
fn coverage_by_another_key_counts_in_every_way_in_which_the_signal_is_asked_of() {
    const QUIET: &str = r#"package t

use nhi.model.*

policy quiet {
  for w: Workload
  decide {
    !w.connections.exists(c, c.internet && c.at > now - 1h) => rank Severity.none by w.id because "quiet"
    unknown                                                 => alert low because "{missing}"
  }
}
"#;
    let tail = r#""source": {"tool": "aws"}, "observed_at": "2026-06-01T11:00:00Z"}"#;
    let engine = Engine::builder().stdlib().source("t.assize", QUIET).build().unwrap();
    let mut loader = engine.loader();
    for (number, fact) in (1..).zip([
        r#""Workload": {"id": "i-1", "name": "web", "started_at": "2026-05-01T00:00:00Z"}"#,
        r#""same_as": {"Workload": "eni-1", "is": "i-1"}"#,
        r#""Coverage": {"id": "c", "signal": "network_flow", "scope": "eni-1", "from": "2026-06-01T10:00:00Z", "until": "2026-06-01T11:59:00Z"}"#,
    ]) {
        loader.line("facts.ndjson", number, &format!("{{{fact}, {tail}"));
    }
    let snapshot = loader.finish();
    assert_eq!(snapshot.rejects(), []);
    let decisions = engine.evaluate(&snapshot, NOW.parse().unwrap()).decisions;
    let decided: Vec<&str> =
        decisions.iter().filter(|it| it.policy == "t.quiet").map(|it| it.because.as_str()).collect();
    assert_eq!(decided, ["quiet"]);
}
