"""Lines of JSON to a table or to Parquet, on one thread: DuckDB and polars.

Usage: ingest.py FILE WAY, one of the ways below. Prints one line of JSON: what it is, the seconds of processor time of
the median of three runs, and how many rows came out. Needs `pip install duckdb polars pyarrow`.
"""

import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

os.environ["POLARS_MAX_THREADS"] = "1"

FILE, WAY = pathlib.Path(sys.argv[1]), sys.argv[2]
OUT = pathlib.Path(tempfile.mkdtemp()) / "out.parquet"


def duck(way):
    import duckdb

    # What a table of findings has: the fields of the inner objects.
    select = (
        "SELECT Finding.id AS id, Finding.class AS class, Finding.status AS status, Finding.severity AS severity, "
        "Finding.rule AS rule, Finding.image AS image, Finding.component AS component, Finding.version AS version, "
        "Finding.cvss AS cvss, Finding.first_seen AS first_seen, source.tool AS tool, source.record AS record, observed_at "
        f"FROM read_ndjson_auto('{FILE}')"
    )

    def run():
        db = duckdb.connect()
        db.execute("SET threads = 1")
        if way == "table":
            db.execute(f"CREATE TABLE t AS {select}")
            return db.execute("SELECT count(*) FROM t").fetchone()[0]
        order = " ORDER BY id" if way == "sorted" else ""
        db.execute(f"COPY ({select}{order}) TO '{OUT}' (FORMAT parquet, COMPRESSION zstd)")
        return db.execute(f"SELECT count(*) FROM '{OUT}'").fetchone()[0]

    return f"DuckDB {duckdb.__version__}", run


def polars(way):
    import polars as pl

    def run():
        frame = pl.read_ndjson(FILE)
        frame = frame.select(
            pl.col("Finding").struct.unnest(), pl.col("source").struct.unnest(), pl.col("observed_at")
        )
        if way == "table":
            return frame.height
        if way == "sorted":
            frame = frame.sort("id")
        frame.write_parquet(OUT, compression="zstd")
        return frame.height

    return f"polars {pl.__version__}", run


name, way = WAY.split("-")
version, run = {"duckdb": duck, "polars": polars}[name](way)
times, rows = [], 0
for _ in range(3):
    start = time.process_time()
    rows = run()
    times.append(time.process_time() - start)
what = {"table": "to a table: ", "parquet": "to Parquet: ", "sorted": "to Parquet: "}[way]
suffix = ", sorted by id" if way == "sorted" else ""
print(json.dumps({"what": f"{what}{version}{suffix}", "seconds": statistics.median(times), "rows": rows}))
