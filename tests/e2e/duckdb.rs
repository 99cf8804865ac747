//! Other programs read a snapshot as it is: DuckDB asks questions of it in SQL, pandas makes frames of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Sandbox;

/// A Python that has a module: `.ci/run` makes one in the user's cache.
fn python(module: &str) -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let cache =
        std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or(home.map(|home| home.join(".cache")));
    let own = cache.map(|cache| cache.join("assize/python/bin/python"));
    let found = own.into_iter().chain([PathBuf::from("python3")]).find(|python| {
        let found = Command::new(python).args(["-c", &format!("import {module}")]).output();
        found.is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        assert!(
            std::env::var_os("ASSIZE_REQUIRE").is_none(),
            "no Python with {module}, and ASSIZE_REQUIRE is set"
        );
        skipped(module);
    }
    found
}

/// What a script prints of the snapshot of [`FACTS`].
fn told(python: &Path, script: &str) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("p/policies/p.assize", MODEL).write("p/facts.ndjson", FACTS).write("ask.py", script);
    sandbox.write("p/assize.toml", "policies = [\"policies\"]\nfacts = [\"facts.ndjson\"]\nstdlib = false\n");
    sandbox.run("ingest -C p auto p/facts.ndjson --out snap").expect(0);
    let output = Command::new(python).arg(sandbox.path("ask.py")).arg(sandbox.path("snap")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A type with a field of each kind.
const MODEL: &str = "package acme

enum Colour { red green }

entity Owner {
  key id: string
  team: string
} fresh for 24h closed

entity Thing {
  key id: string
  owner: Owner inverse things
  colour: Colour?
  made_at: timestamp?
  age: duration?
  weight: double?
  count: int?
  small: bool?
  names: list<string>?
} fresh for 24h closed

policy painted {
  for t: Thing
  decide {
    t.colour == Colour.red => alert low because \"{t.id} of {t.owner.team}\"
    unknown                => alert low because \"{missing}\"
  }
}
";

const FACTS: &str = r#"
{"Owner":{"id":"o1","team":"arms"},"source":{"tool":"hr"},"observed_at":"2026-06-01T09:00:00Z"}
{"Thing":{"id":"a","owner":"o1","colour":"red","made_at":"2026-01-02T03:04:05.5Z","age":"36h","weight":1.5,"count":7,"small":true,"names":["x","y"]},"source":{"tool":"t","instance":"ci","record":"row 1"},"observed_at":"2026-06-01T09:00:00Z"}
{"Thing":{"id":"b","owner":"o1","colour":null,"count":5},"source":{"tool":"t"},"observed_at":"2026-06-01T09:00:00Z"}
{"same_as":{"Thing":"c","is":"b"},"source":{"tool":"t"},"observed_at":"2026-06-01T09:00:00Z"}
{"run":{"source":{"tool":"t"},"id":"r1","types":["Thing"],"scope":"*","from":"2026-06-01T08:00:00Z","until":"2026-06-01T09:00:00Z","complete":true,"rejected":0}}
"#;

/// The columns of a type's file, what is in them, a join, and the snapshot's own tables.
const QUESTIONS: &str = r#"
import duckdb, sys
duckdb.sql("SET TimeZone = 'UTC'")
def ask(sql):
    for row in duckdb.sql(sql.replace("SNAP", sys.argv[1])).fetchall():
        print(" | ".join(str(cell) for cell in row))
ask("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM 'SNAP/Thing.parquet')")
ask("SELECT id, epoch_us(made_at), weight + count, names[1], _instance, _absent FROM 'SNAP/Thing.parquet' ORDER BY id")
ask("SELECT o.team, count(*) FROM 'SNAP/Owner.parquet' o JOIN 'SNAP/Thing.parquet' t ON t.owner = o.id GROUP BY 1")
ask("SELECT alias, \"is\", type, _source FROM 'SNAP/_same_as.parquet'")
ask("SELECT id, types, complete, rejected FROM 'SNAP/_runs.parquet'")
"#;

#[test]
fn duckdb_reads_a_snapshot_as_it_is() {
    let Some(python) = python("duckdb") else { return };
    insta::assert_snapshot!(told(&python, QUESTIONS), @"
    id | VARCHAR
    owner | VARCHAR
    colour | VARCHAR
    made_at | TIMESTAMP WITH TIME ZONE
    age | BIGINT
    weight | DOUBLE
    count | BIGINT
    small | BOOLEAN
    names | VARCHAR[]
    _source | VARCHAR
    _instance | VARCHAR
    _record | VARCHAR
    _observed_at | TIMESTAMP WITH TIME ZONE
    _absent | VARCHAR[]
    a | 1767323045500000 | 8.5 | x | ci | []
    b | None | None | None | None | ['colour']
    arms | 2
    c | b | Thing | t
    r1 | ['Thing'] | True | 0
    ");
}

/// The same as frames.
const FRAMES: &str = r#"
import pandas, sys
things = pandas.read_parquet(sys.argv[1] + "/Thing.parquet").set_index("id")
print(things.loc["a", ["owner", "colour", "weight", "count"]].to_dict())
print(things.loc["a", "made_at"].isoformat(), things.loc["a", "age"], list(things.loc["a", "names"]))
print(list(things.loc["b", "_absent"]), things["made_at"].isna().to_dict())
owners = pandas.read_parquet(sys.argv[1] + "/Owner.parquet")
print(things.merge(owners, left_on="owner", right_on="id").groupby("team").size().to_dict())
print(pandas.read_parquet(sys.argv[1] + "/_runs.parquet")[["id", "complete", "rejected"]].to_dict("records"))
"#;

#[test]
fn pandas_reads_a_snapshot_as_it_is() {
    let Some(python) = python("pandas, pyarrow") else { return };
    insta::assert_snapshot!(told(&python, FRAMES), @"
    {'owner': 'o1', 'colour': 'red', 'weight': 1.5, 'count': 7}
    2026-01-02T03:04:05.500000+00:00 1 days 12:00:00 ['x', 'y']
    ['colour'] {'a': False, 'b': True}
    {'arms': 2}
    [{'id': 'r1', 'complete': True, 'rejected': 0}]
    ");
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped(module: &str) {
    eprintln!("skipped: no Python with {module}");
}
