//! One style: what is rewritten, what `--check` says of it, and what is left alone.

use std::path::{Path, PathBuf};

use crate::support::{Sandbox, binary, command, root};

const UGLY: &str = "package acme\nparam  a :int=1\nfn f( x:int ):int=x+a\n";
const NICE: &str = "package acme\n\nparam a: int = 1\n\nfn f(x: int): int = x + a\n";
/// Its second item cannot be read.
const BROKEN: &str = "package acme\nparam  a :int=1\n\n// Oh.\npolicy idle {\n  for\n}\n";

/// A project whose policies are one file in the style, one that is not.
fn project() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("assize.toml", "policies = [\"policies\"]\n").write("elsewhere.assize", UGLY);
    sandbox.write("policies/nice.assize", NICE).write("policies/ugly.assize", UGLY);
    sandbox
}

#[test]
fn the_projects_policies_are_rewritten_once() {
    let sandbox = project();
    let run = sandbox.run("fmt").expect(0);
    assert_eq!(run.stdout, "formatted policies/ugly.assize\n");
    assert_eq!(run.stderr, "note: formatted 1 of 2 files\n");
    assert_eq!(sandbox.read("policies/ugly.assize"), NICE);
    assert_eq!(sandbox.read("elsewhere.assize"), UGLY);
    let run = sandbox.run("fmt").expect(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", "note: nothing to format in 2 files\n"));
    sandbox.run("fmt elsewhere.assize -q").expect(0);
    assert_eq!(sandbox.read("elsewhere.assize"), NICE);
}

#[test]
fn what_is_formatted_is_not_written_again() {
    let sandbox = project();
    let file = sandbox.path("policies/nice.assize");
    let mut rights = std::fs::metadata(&file).unwrap().permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(&file, rights).unwrap();
    let written = || std::fs::metadata(&file).unwrap().modified().unwrap();
    let before = written();
    sandbox.run("fmt").expect(0);
    assert_eq!(written(), before);
}

#[test]
fn a_check_shows_and_writes_nothing() {
    let sandbox = project();
    let run = sandbox.run("fmt --check").expect(1);
    insta::assert_snapshot!(run.stdout, @r"
    --- policies/ugly.assize
    @@ -1 +1 @@
     package acme
    -param  a :int=1
    -fn f( x:int ):int=x+a
    +
    +param a: int = 1
    +
    +fn f(x: int): int = x + a
    ");
    assert_eq!(run.stderr, "note: 1 of 2 files would change; `assize fmt` writes them\n");
    assert_eq!(sandbox.read("policies/ugly.assize"), UGLY);
    assert_eq!(sandbox.run("fmt --check policies/nice.assize").expect(0).stdout, "");
}

#[test]
fn the_items_on_some_lines_are_formatted_and_nothing_else() {
    let sandbox = project();
    let run = sandbox.run("fmt --check --range 2:2 policies/ugly.assize").expect(1);
    insta::assert_snapshot!(run.stdout, @r"
    --- policies/ugly.assize
    @@ -1 +1 @@
     package acme
    -param  a :int=1
    +param a: int = 1
     fn f( x:int ):int=x+a
    ");
    let run = sandbox.run("fmt --range 3:9 policies/ugly.assize").expect(0);
    assert_eq!(run.stdout, "formatted policies/ugly.assize\n");
    assert_eq!(
        sandbox.read("policies/ugly.assize"),
        "package acme\nparam  a :int=1\nfn f(x: int): int = x + a\n"
    );
    // Of what cannot be read only that counts which the lines touch.
    sandbox.write("policies/broken.assize", BROKEN);
    sandbox.run("fmt --range 1:2 policies/broken.assize").expect(0);
    let run = sandbox.run("fmt --range 4:6 policies/broken.assize").expect(2);
    assert!(run.stderr.contains("`policy idle` cannot be read and is left as it is"), "{}", run.stderr);

    for (line, message) in [
        ("fmt --range 2:2", "`--range` is about one text: name a file, or `-`"),
        ("fmt --range 2:2 policies", "`--range` is about one text: name a file, or `-`"),
        ("fmt --range 9:9 policies/ugly.assize", "there is no line 9: it has 3 lines"),
        ("fmt --range 2 policies/ugly.assize", "lines are written `FIRST:LAST`, as in `12:30`"),
        ("fmt --range 3:2 policies/ugly.assize", "line 2 stands above line 3"),
    ] {
        let run = sandbox.run(line).expect(2);
        assert!(run.stderr.contains(message), "{line}: {}", run.stderr);
    }
}

#[test]
fn an_item_that_cannot_be_read_costs_itself_and_nothing_else() {
    let sandbox = project();
    sandbox.write("policies/broken.assize", BROKEN);
    let left = "error: policies/broken.assize:5: `policy idle` cannot be read and is left as it is; \
                `assize check` says what is wrong\n";
    let run = sandbox.run("fmt --check").expect(2);
    assert!(run.stderr.starts_with(left), "{}", run.stderr);
    let run = sandbox.run("fmt").expect(2);
    assert!(run.stderr.starts_with(left), "{}", run.stderr);
    assert_eq!(
        sandbox.read("policies/broken.assize"),
        "package acme\n\nparam a: int = 1\n\n// Oh.\npolicy idle {\n  for\n}\n"
    );
    assert_eq!(sandbox.read("policies/ugly.assize"), NICE);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let sandbox = Sandbox::new();
    let run = |args: &str, input: &str| sandbox.run_with(args, &[], Some(input.as_bytes()));
    for input in [UGLY, NICE] {
        let run = run("fmt -", input).expect(0);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (NICE, ""));
    }
    assert_eq!(run("fmt -", "").expect(0).stdout, "");
    assert!(run("fmt - --check", UGLY).expect(1).stdout.starts_with("--- standard input\n"));
    assert_eq!(run("fmt - --check", NICE).expect(0).stdout, "");
    let broken = run("fmt -", BROKEN).expect(2);
    assert!(broken.stdout.contains("param a: int = 1\n"), "{}", broken.stdout);
    assert!(broken.stderr.contains("standard input:5: `policy idle`"), "{}", broken.stderr);
}

#[test]
fn only_policies_are_rewritten() {
    let sandbox = project();
    sandbox.write("notes.md", "param  a\n").write("bytes.assize", b"\xff").write("empty/assize.toml", "");
    for (args, message) in [
        ("fmt notes.md", "notes.md: it is no *.assize file"),
        ("fmt policies nowhere.assize", "nowhere.assize: cannot be read"),
        ("fmt policies bytes.assize", "bytes.assize: it is not UTF-8 text"),
        ("fmt - policies", "`-` stands alone"),
        ("fmt -C empty", "no policies to format"),
    ] {
        let run = sandbox.run(args).expect(2);
        assert!(run.stderr.contains(message), "{args}: {}", run.stderr);
    }
    assert_eq!(sandbox.read("policies/ugly.assize"), UGLY, "no command got as far as writing");
}

/// Every policy of the repository below a folder, but for what the parser is tried on.
fn policies(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // What is odd on purpose, and not ours: the corpora of parsers, and what npm installs.
        let corpora = ["lang/src/syntax/tests", "lsp/editors/corpus"];
        let corpus = corpora.iter().any(|corpus| path.ends_with(corpus));
        let skipped = name.starts_with('.') || name == "target" || name == "node_modules" || corpus;
        if path.is_dir() && !skipped {
            policies(&path, out);
        } else if name.ends_with(".assize") {
            out.push(path);
        }
    }
}

#[test]
fn the_repositorys_own_policies_are_formatted() {
    let mut found = Vec::new();
    policies(&root(), &mut found);
    assert!(found.len() > 30 && found.contains(&root().join("lang/src/prelude.assize")), "{found:?}");
    let run = command(Path::new(binary())).args(["fmt", "--check"]).args(&found).output().unwrap();
    let (shown, notes) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && shown.is_empty(), "{shown}{notes}");
}
