//! How an engine is put together.

use assize::{BuildError, Engine, SignalOverride};
use assize_lang::diagnostic::Severity;
use serde_json::json;

use crate::support::{NOW, at, coverage, fact, load_clean};

const TEXT: &str = "param limit: int = 5 in 1..10 source \"us\"
policy p { for x: Thing decide { x.n > limit => alert high because \"{x.n} > {limit}\"
  !x.calls.exists(c, c.at > now - 10d) => alert low because \"idle\" } }";

fn text() -> String {
    format!("{}\n{TEXT}", include_str!("model.assize"))
}

#[test]
fn params_are_set_by_name_and_checked() {
    let build = |name: &str, value: &str| Engine::builder().source("t", text()).set(name, value).build();
    let engine = build("t.limit", "7").unwrap();
    let lines = [fact("Thing", json!({"id": "a", "n": 8}))];
    let evaluation = engine.evaluate(&load_clean(&engine, &lines), at(NOW));
    assert_eq!(evaluation.decisions[0].because, "8 > 7");
    let wrong = |name: &str, value: &str| build(name, value).unwrap_err().to_string();
    assert_eq!(wrong("t.limit", "11"), "`11` is no value for `t.limit`: it must lie in 1..10");
    assert_eq!(wrong("t.limit", "5d"), "`5d` is no value for `t.limit`: expected an integer");
    assert_eq!(wrong("limit", "5"), "no param `limit`; did you mean `t.limit`?");
}

#[test]
fn signals_are_the_deployments() {
    let set = SignalOverride { gap: Some(2 * 3_600_000_000), ..SignalOverride::default() };
    let engine = Engine::builder().source("t", text()).signal("log", set).build().unwrap();
    let lines = [
        fact(
            "Thing",
            json!({"id": "a", "n": 1, "account": "acc", "at": "2026-01-01T00:00:00Z", "end": null}),
        ),
        coverage("log", "acc", "2026-01-01T00:00:00Z", "2026-05-31T22:00:00Z"),
    ];
    let evaluation = engine.evaluate(&load_clean(&engine, &lines), at(NOW));
    assert_eq!(evaluation.decisions[0].because, "idle");
    let unknown = Engine::builder().source("t", text()).signal("nope", set).build();
    assert!(matches!(unknown, Err(BuildError::Signal(name)) if name == "nope"));
}

#[test]
fn a_text_with_errors_gives_no_engine_but_the_rest_of_it_does() {
    let broken =
        format!("{}\npolicy q {{ for x: Thing decide {{ x.nothing => alert low because \"q\" }} }}", text());
    let error = Engine::builder().source("t", broken.as_str()).build().unwrap_err();
    assert!(matches!(&error, BuildError::Policies { errors: 1, .. }), "{error}");
    let (engine, diagnostics) = Engine::builder().source("t", broken).build_partial();
    assert_eq!(engine.unwrap().program().policies.len(), 1);
    let all = diagnostics.iter().flat_map(|file| &file.diagnostics);
    assert_eq!(all.filter(|one| one.severity == Severity::Error).count(), 1);
}

#[test]
fn policies_are_read_from_files_and_folders() {
    let folder = std::env::temp_dir().join(format!("assize-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("below")).unwrap();
    std::fs::write(folder.join("model.assize"), include_str!("model.assize")).unwrap();
    std::fs::write(folder.join("below/p.assize"), format!("package u\nuse t.*\nuse assize.core.*\n{TEXT}"))
        .unwrap();
    std::fs::write(folder.join("notes.txt"), "no policy").unwrap();
    let engine = Engine::builder().policies(&folder).unwrap().build().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(engine.program().policies.keys().map(ToString::to_string).collect::<Vec<_>>(), ["u.p"]);
    let missing = Engine::builder().policies("no/such/folder").unwrap_err();
    assert!(matches!(missing, BuildError::Read { .. }));
}

#[test]
fn an_engine_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    let engine = Engine::builder().source("t", text()).build().unwrap();
    shared(&engine);
    shared(&load_clean(&engine, &[]));
}
