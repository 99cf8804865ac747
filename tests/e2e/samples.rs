//! All real files beside the checkout load: the table of them, and why some are nobody's, stand in the documentation.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Sandbox, binary, command, root};

/// What the files do not say themselves.
const SAID: &str = "--cluster prod-eu --account 111122223333 --repo github.com/northwind-robotics/arm-sdk \
                    --visibility public --observed-at 2026-06-01T09:00:00Z";

/// How many records may be rejected of all there are: hand-made examples of a specification, and runtime events of
/// containers that their sensor knew no pod of.
const REJECTS: u64 = 10;

/// Whose name has this in it is no tool's output, and why.
const NOBODYS: &[(&str, &str)] = &[
    ("/cartography_", "another project's test data: answers as values of a Python module"),
    ("/custodian_test_security_hub_", "a recording of another project's tests: its instants are objects"),
    ("access-analyzer.List", "a recording of another project's tests: its instants are objects"),
    ("/custodian_ListFindings.json", "a recording of another project's tests: its instants are objects"),
    ("gcp_iam/iam-", "a recorded call that answered with nothing, or with an error"),
    ("gcp_iam/api-key-", "a recorded call that answered with nothing, or with what it began"),
    (
        "gitleaks/no_findings.json",
        "`null`, which nobody knows by its content; `assize ingest gitleaks` reads it",
    ),
    (
        "github_webhooks/member_added",
        "who was added to a repository: no finding, identity or secret of the model",
    ),
    ("falco_traces/fal_01_003.json", "an object without anything in it"),
    ("namespace-2/endpointslices", "an empty list that does not say of what"),
    ("kev/known_exploited_vulnerabilities_schema.json", "the catalog's schema"),
    ("ocsf_schema/", "the schema's own classes and objects"),
    ("otel_genai/semconv_", "a table of the conventions' text, and no span"),
    ("panther_labelled/", "another project's test cases, each around a record of its own data lake"),
    ("gcp_artifact_analysis/", "no connector: Google's Artifact Analysis"),
    (
        "gcp_audit/custodian_network-finding.json",
        "no connector: a notification of Google's Security Command Center",
    ),
    ("nvd/", "no connector: scanners and CISA bring what is decided on"),
];

/// The folder of real files. None, said aloud, where it is not at hand; with `ASSIZE_REQUIRE` that is a failure.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn folder() -> Option<PathBuf> {
    let root = root();
    let found = root.ancestors().map(|it| it.join("shared/samples")).find(|it| it.is_dir());
    if found.is_none() {
        assert!(
            std::env::var_os("ASSIZE_REQUIRE").is_none(),
            "no ../shared/samples, and ASSIZE_REQUIRE is set"
        );
        eprintln!("skipped: no ../shared/samples");
    }
    found
}

/// What was read of each file; with the optimised build where one is named, for its seconds.
fn read(samples: &Path) -> Value {
    let sandbox = Sandbox::new();
    let optimised = std::env::var_os("ASSIZE_OPTIMISED");
    let mut run = command(optimised.as_deref().map_or(Path::new(binary()), Path::new));
    run.arg("ingest").arg("auto").arg(samples).args(SAID.split_whitespace());
    run.args(["--out", "estate", "--format", "json"]).current_dir(sandbox.path("")).stdin(Stdio::null());
    let output = run.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    // What is nobody's is an error, and the rest is read all the same.
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A file's name below the folder.
fn name<'f>(file: &'f Value, samples: &Path) -> &'f str {
    let folder = format!("{}/", samples.display());
    file["file"].as_str().unwrap().strip_prefix(folder.as_str()).unwrap()
}

/// The kinds of facts, the most first.
fn kinds(file: &Value) -> String {
    let mut kinds: Vec<(&str, u64)> = Vec::new();
    for (kind, count) in file["facts"].as_object().unwrap() {
        kinds.push((kind, count.as_u64().unwrap()));
    }
    kinds.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
    kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
}

fn seconds(file: &Value) -> String {
    let seconds = file["seconds"].as_f64().unwrap();
    if seconds < 1.0 { "<1".to_owned() } else { format!("{seconds:.1}") }
}

fn page(told: &Value, samples: &Path) -> String {
    let files = told["files"].as_array().unwrap();
    let (read, nobodys): (Vec<&Value>, Vec<&Value>) = files.iter().partition(|file| !file["tool"].is_null());
    let mut page = format!(
        "# Real files\n\nOutput of real tools that lies beside the checkout, in `../shared/samples` (its `PROVENANCE.md` says where each \
         file is from), and what becomes of it.\nWritten by `cargo test -p assize-cli --test e2e samples` with `UPDATE_DOCS=1`, and held to by it \
         wherever the files are at hand. The command:\n\n```sh\nassize ingest auto ../shared/samples --out estate \\\n  {}\n```\n\nOf {} \
         files {} are some tool's: {} lines of facts, {} records rejected. What is called \
         unchanged has the same bytes as a file before it. Seconds are of an optimised build, on one core.\n\n",
        SAID.replace(" --repo", " \\\n  --repo").replace(" --visibility", " \\\n  --visibility"),
        files.len(),
        read.len(),
        told["lines"],
        told["rejected"],
    );
    page.push_str("| file | connector | facts | rejects | seconds |\n| --- | --- | --- | ---: | ---: |\n");
    for file in read {
        let (name, tool, rejected) = (name(file, samples), file["tool"].as_str().unwrap(), &file["rejected"]);
        writeln!(page, "| {name} | {tool} | {} | {rejected} | {} |", kinds(file), seconds(file)).unwrap();
    }
    page.push_str("\n## Nobody's\n\n| file | why |\n| --- | --- |\n");
    for file in nobodys {
        let name = name(file, samples);
        let why = NOBODYS.iter().find(|(part, _)| name.contains(part)).map(|(_, why)| *why);
        let why = why
            .unwrap_or_else(|| panic!("{name} is no tool's output, and nobody says why: {}", file["error"]));
        writeln!(page, "| {name} | {why} |").unwrap();
    }
    page
}

/// A page without what depends on the machine.
fn timeless(page: &str) -> String {
    let row = |line: &str| match line.rsplit_once(" | ") {
        Some((rest, time)) if time.trim_end_matches(" |").parse::<f64>().is_ok() || time.starts_with('<') => {
            rest.to_owned()
        }
        _ => line.to_owned(),
    };
    page.lines().map(row).collect::<Vec<_>>().join("\n")
}

#[test]
fn of_all_real_files_it_is_told_what_became_of_them() {
    let Some(samples) = folder() else { return };
    let told = read(&samples);
    let page = page(&told, &samples);
    let path = root().join("docs/samples.md");
    // Seconds of a build that is not optimised would say nothing.
    if std::env::var_os("UPDATE_DOCS").is_some() && std::env::var_os("ASSIZE_OPTIMISED").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let rejected = told["rejected"].as_u64().unwrap();
    assert!(rejected <= REJECTS, "{rejected} records are rejected");
    let files = told["files"].as_array().unwrap();
    for (part, why) in NOBODYS {
        let meant = |file: &&Value| file["tool"].is_null() && name(file, &samples).contains(part);
        assert!(files.iter().any(|file| meant(&file)), "nothing is {part}: {why}");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let (ours, theirs) = (timeless(&page), timeless(&written));
    let differ: Vec<&str> = ours.lines().filter(|line| !theirs.lines().any(|it| it == *line)).collect();
    assert!(
        ours == theirs,
        "docs/samples.md says something else; with an optimised build of this code as ASSIZE_OPTIMISED and with UPDATE_DOCS=1 \
         this test writes it:\n{}",
        differ.join("\n")
    );
}
