//! The documentation is run: every line `$ …` of a console block, against what is printed below it.
//!
//! A line `...` stands for any lines. `UPDATE_DOCS=1` writes what came out. `cargo run --` is the binary.
//! The blocks of one file run one after the other in one copy of the examples.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::support::{self, Sandbox};

#[test]
fn docs_say_what_the_commands_print() {
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let mut wrong = String::new();
    let mut commands = 0_usize;
    for path in pages() {
        let text = std::fs::read_to_string(&path).unwrap();
        let page = Page::run(&text);
        commands += page.commands;
        if page.text == text {
            continue;
        }
        if update {
            std::fs::write(&path, page.text).unwrap();
        } else {
            let name = path.strip_prefix(support::root()).unwrap().display();
            writeln!(wrong, "{name}:\n{}", page.wrong).unwrap();
        }
    }
    assert!(commands > 0, "no console block was found");
    assert!(wrong.is_empty(), "`cargo dev docs` writes what came out\n{wrong}");
}

/// The page on the model is what `assize schema` writes, as `cargo dev docs` makes it.
#[test]
fn the_page_on_the_model_is_up_to_date() {
    let page = Sandbox::new().run("schema --format markdown").expect(0).stdout;
    let path = support::root().join("docs/model.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == page, "`cargo dev docs` writes docs/model.md");
}

/// The page of the policies is what `assize doc` writes.
#[test]
fn the_page_on_policies_is_up_to_date() {
    let page = Sandbox::new().run("doc --format markdown").expect(0).stdout;
    let path = support::root().join("docs/policies.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == page, "`cargo dev docs` writes docs/policies.md");
}

/// The pages whose blocks are run.
fn pages() -> Vec<PathBuf> {
    let root = support::root();
    let pages = [
        "README.md",
        "docs/tutorial.md",
        "docs/commands.md",
        "docs/commands-facts.md",
        "docs/commands-requests.md",
    ];
    let mut pages: Vec<PathBuf> = pages.iter().map(|page| root.join(page)).collect();
    let mut examples: Vec<PathBuf> = std::fs::read_dir(root.join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path().join("README.md"))
        .filter(|path| path.is_file())
        .collect();
    examples.sort();
    pages.extend(examples);
    pages
}

/// One page, run.
struct Page {
    /// The page with the output that came out, where it is not what the page says.
    text: String,
    /// What differs, for people.
    wrong: String,
    commands: usize,
}

impl Page {
    fn run(text: &str) -> Self {
        let mut page = Self { text: String::new(), wrong: String::new(), commands: 0 };
        let mut shell = Shell::new();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            writeln!(page.text, "{line}").unwrap();
            if line.trim() != "```console" {
                continue;
            }
            while let Some(line) = lines.next_if(|line| line.trim() != "```") {
                let Some(command) = line.strip_prefix("$ ") else {
                    // Before the first command of a block: kept as it is.
                    writeln!(page.text, "{line}").unwrap();
                    continue;
                };
                writeln!(page.text, "{line}").unwrap();
                let mut script = command.to_owned();
                while let Some(more) = lines.next_if(|line| line.starts_with("> ")) {
                    writeln!(page.text, "{more}").unwrap();
                    write!(script, "\n{}", &more[2..]).unwrap();
                }
                let mut expected = Vec::new();
                while let Some(line) = lines.next_if(|line| line.trim() != "```" && !line.starts_with("$ ")) {
                    expected.push(line);
                }
                page.commands += 1;
                page.compare(&script, &expected, &shell.run(&script));
            }
        }
        page
    }

    fn compare(&mut self, script: &str, expected: &[&str], found: &str) {
        let found: Vec<&str> = found.lines().map(str::trim_end).collect();
        let kept = if matches(expected, &found) { expected } else { found.as_slice() };
        if kept != expected {
            writeln!(self.wrong, "  $ {script}\n  expected:").unwrap();
            expected.iter().for_each(|line| writeln!(self.wrong, "    {line}").unwrap());
            writeln!(self.wrong, "  found:").unwrap();
            found.iter().for_each(|line| writeln!(self.wrong, "    {line}").unwrap());
        }
        kept.iter().for_each(|line| writeln!(self.text, "{line}").unwrap());
    }
}

/// Whether `found` is what `expected` says, where `...` stands for any lines.
fn matches(expected: &[&str], found: &[&str]) -> bool {
    match expected {
        [] => found.is_empty(),
        ["...", rest @ ..] => (0..=found.len()).any(|from| matches(rest, &found[from..])),
        [line, rest @ ..] => {
            found.first().is_some_and(|first| *first == line.trim_end()) && matches(rest, &found[1..])
        }
    }
}

/// A shell that remembers its folder and the last exit code, in a copy of the examples.
struct Shell {
    sandbox: Sandbox,
    folder: PathBuf,
    code: i32,
}

impl Shell {
    fn new() -> Self {
        let sandbox = Sandbox::with("examples");
        std::fs::create_dir(sandbox.path(".bin")).unwrap();
        std::os::unix::fs::symlink(support::binary(), sandbox.path(".bin/assize")).unwrap();
        let folder = sandbox.path("");
        Self { sandbox, folder, code: 0 }
    }

    /// What a script prints on both streams, in the order of printing.
    fn run(&mut self, script: &str) -> String {
        let script = ["cargo run --quiet -- ", "cargo run -q -- ", "cargo run -- "]
            .iter()
            .fold(script.to_owned(), |script, cargo| script.replace(cargo, "assize "));
        let place = self.sandbox.path(".place");
        let bin = self.sandbox.path(".bin");
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        let whole = format!("exec 2>&1; trap 'pwd > \"$PLACE\"' EXIT; (exit {})\n{script}\n", self.code);
        let output = support::command(Path::new("bash"))
            .args(["-c", &whole])
            .env("PATH", path)
            .env("PLACE", &place)
            .env("HOME", self.sandbox.path(""))
            .current_dir(&self.folder)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        self.code = output.status.code().unwrap();
        self.folder = PathBuf::from(std::fs::read_to_string(place).unwrap().trim_end());
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn dots_stand_for_any_lines() {
    for (expected, found, same) in [
        (&["a", "..."][..], &["a"][..], true),
        (&["a", "...", "d"], &["a", "b", "c", "d"], true),
        (&["a", "...", "d"], &["a", "b", "c"], false),
        (&["a  "], &["a"], true),
        (&[], &["a"], false),
        (&["..."], &[], true),
    ] {
        assert_eq!(matches(expected, found), same, "{expected:?} {found:?}");
    }
}

#[test]
fn a_page_is_run_in_one_shell() {
    let page = "# T\n\n```console\n$ cd examples && false\n$ echo $?\n1\n$ basename $PWD\nwrong\n```\n";
    let run = Page::run(page);
    assert_eq!(run.commands, 3);
    assert_eq!(run.text, page.replace("wrong", "examples"));
    assert!(run.wrong.contains("basename"));
    assert!(Page::run(&run.text).wrong.is_empty());
}
