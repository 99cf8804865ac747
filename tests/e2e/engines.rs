//! The fast engine decides what the reference decides, to the byte.

use crate::support::{Run, Sandbox, root};

/// The JSON of both engines, which must be the same; and the run of the fast one.
#[track_caller]
fn both(sandbox: &Sandbox, args: &str) -> Run {
    let fast = sandbox.run(&format!("eval {args} --fail-on none --format json"));
    let reference = sandbox.run(&format!("eval {args} --fail-on none --format json --engine reference"));
    assert_eq!(fast.code, reference.code, "{args}: {}", reference.stderr);
    if fast.stdout != reference.stdout {
        let lines = || fast.stdout.lines().zip(reference.stdout.lines());
        let (fast, reference) = lines().find(|(fast, reference)| fast != reference).unwrap_or_default();
        panic!("{args}:\nfast      {fast}\nreference {reference}");
    }
    fast
}

fn decisions(run: &Run) -> usize {
    run.json()["decisions"].as_array().unwrap().len()
}

#[test]
fn agree_on_every_example() {
    let mut projects = 0;
    for entry in std::fs::read_dir(root().join("examples")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = format!("examples/{name}");
        if root().join(&path).join("assize.toml").is_file() {
            projects += 1;
            let run = both(&Sandbox::with(&path), &format!("-C {path}"));
            assert!(decisions(&run) > 0, "{path}");
        }
    }
    assert!(projects >= 2, "{projects} examples");
}

#[test]
fn agree_while_evidence_goes_stale_and_comes_due() {
    // The instants of the quickstart: before its first fact, between facts, at and behind its horizons.
    let sandbox = Sandbox::with("examples/quickstart");
    for now in [
        "2025-01-01T00:00:00Z",
        "2026-05-31T22:10:00Z",
        "2026-06-01T11:57:59.999999Z",
        "2026-06-01T12:13:00Z",
        "2026-06-01T12:13:00.000001Z",
        "2026-06-02T09:00:00Z",
        "2027-01-01T00:00:00Z",
    ] {
        both(&sandbox, &format!("-C examples/quickstart --now {now}"));
    }
}

#[test]
fn agree_on_the_outputs_of_real_tools() {
    let root = root();
    let Some(samples) = root.ancestors().map(|it| it.join("shared/samples")).find(|it| it.is_dir()) else {
        assert!(
            std::env::var_os("ASSIZE_REQUIRE").is_none(),
            "no ../shared/samples, and ASSIZE_REQUIRE is set"
        );
        skipped();
        return;
    };
    let sandbox = Sandbox::new();
    let project = "now = \"2026-06-01T12:00:00Z\"\nsite_key_file = \"site.key\"\n\n[defaults]\n\
         cluster = \"prod-eu\"\nrepo = \"github.com/northwind/robot\"\ncommit = \"0000000\"\n\
         account = \"111122223333\"\nvisibility = \"team\"\nobserved_at = \"2026-06-01T10:00:00Z\"\n";
    sandbox.write("assize.toml", project).write("site.key", "0123456789abcdef0123456789abcdef");
    // What no connector reads is an error, and the rest is a snapshot all the same.
    let ingest = sandbox.run(&format!("ingest auto {} --out estate", samples.display()));
    let run = both(&sandbox, "--facts estate");
    assert!(decisions(&run) > 0, "{}\n{}", ingest.stderr, run.stderr);
}

#[test]
fn paranoid_is_silent_where_they_agree() {
    let sandbox = Sandbox::with("examples/northwind");
    let eval = "eval -C examples/northwind --fail-on none --format json";
    let plain = sandbox.run(eval).expect(0);
    for engine in ["fast", "reference"] {
        let both = sandbox.run(&format!("{eval} --paranoid --engine {engine}")).expect(0);
        assert_eq!((both.stdout, both.stderr), (plain.stdout.clone(), plain.stderr.clone()), "{engine}");
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped() {
    eprintln!("skipped: no ../shared/samples");
}
