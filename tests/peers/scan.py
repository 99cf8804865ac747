"""Twenty conditions over findings joined to workloads and identities: DuckDB and polars.

Usage: scan.py FOLDER, with findings.csv, workloads.csv and identities.csv in it. Prints a line of JSON for each
engine and way: what it is, the milliseconds of the median of seven runs on one thread, and how many pairs of
finding and policy came out. Needs `pip install duckdb polars`.
"""

import json
import os
import pathlib
import statistics
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"

import duckdb  # noqa: E402
import polars as pl  # noqa: E402

FOLDER = pathlib.Path(sys.argv[1])
POLICIES = [
    line.split("|")
    for line in (pathlib.Path(__file__).parent / "policies" / "scan.sql").read_text().splitlines()
]
ENUMS = {
    "category", "status", "source", "env", "w_env", "w_team", "w_runtime", "w_region", "i_kind", "i_owner",
    "i_provider",
}


def timed(what, run):
    run()
    times, pairs = [], 0
    for _ in range(7):
        start = time.perf_counter()
        pairs = run()
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"what": what, "ms": statistics.median(times), "pairs": pairs}), flush=True)


def frames():
    findings = pl.read_csv(FOLDER / "findings.csv")
    workloads = pl.read_csv(FOLDER / "workloads.csv")
    identities = pl.read_csv(FOLDER / "identities.csv")
    workloads = workloads.rename({name: f"w_{name}" for name in workloads.columns if name != "workload"})
    identities = identities.rename({name: f"i_{name}" for name in identities.columns if name != "identity"})
    joined = findings.join(workloads, on="workload").join(identities, on="identity")
    return joined.with_columns(pl.col(sorted(ENUMS)).cast(pl.Categorical)).rechunk()


def polars(joined):
    conditions = [pl.sql_expr(condition) for _, condition, _ in POLICIES]
    scores = [pl.sql_expr(score) for _, _, score in POLICIES]

    def run():
        parts = [
            joined.lazy()
            .filter(condition)
            .select(pl.col("id"), pl.lit(at, dtype=pl.UInt8).alias("policy"), score.alias("score"))
            for at, (condition, score) in enumerate(zip(conditions, scores))
        ]
        return sum(part.height for part in pl.collect_all(parts))

    timed("polars, joined before, categories", run)


def duck(joined):
    db = duckdb.connect()
    db.execute("SET threads = 1")
    db.register("frame", joined.with_columns(pl.col(sorted(ENUMS)).cast(pl.String)).to_arrow())
    db.execute("CREATE TABLE plain AS SELECT * FROM frame")
    for name in sorted(ENUMS):
        shared = {"env": "env", "w_env": "env", "w_team": "team", "i_owner": "team"}.get(name, name)
        column = "env" if shared == "env" else "w_team" if shared == "team" else name
        db.execute(f"CREATE TYPE IF NOT EXISTS t_{shared} AS ENUM (SELECT DISTINCT {column} FROM plain ORDER BY 1)")
    cast = ", ".join(
        f"{name}::t_{ {'env': 'env', 'w_env': 'env', 'w_team': 'team', 'i_owner': 'team'}.get(name, name)} AS {name}"
        for name in sorted(ENUMS)
    )
    db.execute(f"CREATE TABLE typed AS SELECT * REPLACE ({cast}) FROM plain")
    mask = " + ".join(f"CASE WHEN {condition} THEN {1 << at} ELSE 0 END" for at, (_, condition, _) in enumerate(POLICIES))
    pairs = " UNION ALL ".join(
        f"SELECT id, {at}::UTINYINT AS policy, {score} AS score FROM hit WHERE mask & {1 << at} <> 0"
        for at, (_, _, score) in enumerate(POLICIES)
    )

    def run(table):
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE answer AS WITH hit AS MATERIALIZED "
            f"(SELECT *, {mask} AS mask FROM {table} WHERE ({mask}) <> 0) {pairs}"
        )
        return db.execute("SELECT count(*) FROM answer").fetchone()[0]

    def each(table):
        text = " UNION ALL ".join(
            f"SELECT id, {at}::UTINYINT AS policy, {score} AS score FROM {table} WHERE {condition}"
            for at, (_, condition, score) in enumerate(POLICIES)
        )
        db.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {text}")
        return db.execute("SELECT count(*) FROM answer").fetchone()[0]

    timed("DuckDB, joined before, enums, one pass", lambda: run("typed"))
    timed("DuckDB, joined before, enums, one SELECT each", lambda: each("typed"))


if __name__ == "__main__":
    print(json.dumps({"versions": f"duckdb {duckdb.__version__}, polars {pl.__version__}"}))
    table = frames()
    polars(table)
    duck(table)
