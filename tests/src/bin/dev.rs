//! `cargo dev`: the chores. `cargo dev ready` runs what must pass before anything lands.

use std::io::Write;
use std::process::{Command, ExitCode};

use assize_tests::{tidy, words};

const USAGE: &str = "cargo dev ready    everything that must pass: format, lints, documentation, rules, tests
cargo dev tidy     the repository's own rules
cargo dev readme   write the file lists of the crates' READMEs
cargo dev docs     run the blocks of the documentation and write what came out
cargo dev words    write the language's words where editors read them
cargo dev generate write the code of protocol definitions (gateway/proto)";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let done = match (args.next().as_deref(), args.next()) {
        (Some("ready"), None) => ready(),
        (Some("tidy"), None) => tidy(),
        (Some("readme"), None) => readme(),
        (Some("docs"), None) => docs(),
        (Some("words"), None) => words(),
        (Some("generate"), None) => generate(),
        _ => {
            say(USAGE);
            return ExitCode::from(2);
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The arguments of one cargo command, and what is added to its environment.
type Step = (&'static [&'static str], &'static [(&'static str, &'static str)]);

/// The steps of `.ci/run`, each run although another has failed.
fn ready() -> bool {
    let steps: [Step; 4] = [
        (&["fmt", "--all", "--check"], &[]),
        (
            &[
                "clippy",
                "--workspace",
                "--all-targets",
                "--features",
                "assize-cli/lsp",
                "--",
                "-D",
                "warnings",
            ],
            &[],
        ),
        (&["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")]),
        (&["test", "--workspace"], &[]),
    ];
    let mut failed = Vec::new();
    if !tidy() {
        failed.push("dev tidy".to_owned());
    }
    for (args, env) in steps {
        if !cargo(args, env) {
            failed.push(args.join(" "));
        }
    }
    for step in &failed {
        say(&format!("failed: cargo {step}"));
    }
    failed.is_empty()
}

fn tidy() -> bool {
    let mut clean = true;
    for (name, check) in tidy::RULES {
        let problems = check(&tidy::root());
        say(&format!("{} {name}", if problems.is_empty() { "ok    " } else { "broken" }));
        for problem in &problems {
            say(&format!("         {problem}"));
        }
        clean &= problems.is_empty();
    }
    clean
}

fn readme() -> bool {
    let problems = tidy::rewrite(&tidy::root());
    for problem in &problems {
        say(problem);
    }
    problems.is_empty()
}

fn words() -> bool {
    let problems = words::rewrite(&tidy::root());
    for problem in &problems {
        say(problem);
    }
    problems.is_empty()
}

fn generate() -> bool {
    cargo(&["run", "--manifest-path", "tests/generate/Cargo.toml"], &[]) && cargo(&["fmt", "--all"], &[])
}

fn docs() -> bool {
    let pages = cargo(&["test", "--package", "assize-tests", "--lib", "specs"], &[("UPDATE_DOCS", "1")]);
    let filled =
        cargo(&["test", "--package", "assize-ingest", "--test", "all", "filled"], &[("UPDATE_DOCS", "1")]);
    let docs = cargo(&["test", "--package", "assize-cli", "--test", "e2e", "docs"], &[("UPDATE_DOCS", "1")]);
    pages && filled && docs
}

fn cargo(args: &[&str], env: &[(&str, &str)]) -> bool {
    say(&format!("\n== cargo {}", args.join(" ")));
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status =
        Command::new(program).args(args).envs(env.iter().copied()).current_dir(tidy::root()).status();
    status.is_ok_and(|status| status.success())
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Where standard output is closed nobody wants to hear it.
    drop(writeln!(out, "{line}"));
}
