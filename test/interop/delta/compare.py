"""Compares every table row by row: those of tributary as delta-rs and Spark read them, and theirs as
tributary reads them. Prints tables in Markdown for docs/COMPATIBILITY.md; fails on any difference.

usage: compare.py PROGRAM APPEND_ROWS PROJECT_FOLDER
"""
import json
import os
import subprocess
import sys
import traceback

import deltalake
import pyspark
from deltalake import DeltaTable

import delta_rs_peer
import spark_peer
from values import canonical_rows

PROGRAM, APPEND_ROWS, PROJECT = sys.argv[1:4]
LAKE = os.path.join(PROJECT, "lake")
JSON_COLUMNS = {"shapes.types": {"json"}}
# What a peer cannot do, with the reason it gives; anything else that fails is our failure.
KNOWN_LIMITS = {}


def tributary(query):
    done = subprocess.run([PROGRAM, "-C", PROJECT, "sql", "-o", "ndjson", query],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return [json.loads(line, parse_float=str) for line in done.stdout.splitlines()]


def first_difference(ours, theirs):
    if len(ours) != len(theirs):
        return f"{len(ours)} rows beside {len(theirs)}"
    for a, b in zip(ours, theirs):
        if a != b:
            return f"{json.dumps(a, ensure_ascii=False)} beside {json.dumps(b, ensure_ascii=False)}"
    return ""


class Results:
    def __init__(self):
        self.rows = {}
        self.failures = []

    def check(self, table, column, compare):
        try:
            outcome = compare()
        except Exception as error:  # every failure of a peer is a result to show
            outcome = "".join(traceback.format_exception_only(error)).strip()
        limit = KNOWN_LIMITS.get((table, column))
        if outcome and limit and limit in outcome:
            self.rows.setdefault(table, {})[column] = f"no: {limit}"
            return
        self.rows.setdefault(table, {})[column] = "equal" if not outcome else "DIFFERENT"
        if outcome:
            self.failures.append(f"{table}, {column}: {outcome[:2000]}")

    def print(self, title, columns):
        print(f"\n{title}\n\n| table | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
        for table, cells in self.rows.items():
            print(f"| `{table}` | {' | '.join(cells.get(c, '') for c in columns)} |")


def tables_below(*schemas):
    for schema in schemas:
        for name in sorted(os.listdir(os.path.join(LAKE, schema))):
            if os.path.isdir(os.path.join(LAKE, schema, name, "_delta_log")):
                yield f"{schema}.{name}", os.path.join(LAKE, schema, name)


def ours_read_by_others(spark):
    results = Results()
    for table, path in tables_below("shapes", "bronze", "silver", "gold"):
        json_columns = JSON_COLUMNS.get(table, ())

        def compare(read, schema_of):
            schema = schema_of()
            ours = canonical_rows(tributary(f"SELECT * FROM {table}"), schema, json_columns,
                                  json_is_text=False)
            return first_difference(ours, canonical_rows(read(), schema, json_columns))

        results.check(table, "delta-rs", lambda: compare(
            lambda: delta_rs_peer.read(path),
            lambda: json.loads(DeltaTable(path).schema().to_json())))
        results.check(table, "Spark", lambda: compare(
            lambda: spark_peer.read(spark, path), lambda: spark_peer.schema_of(spark, path)))
    for table, version in (("shapes.overwritten", 0), ("shapes.checkpointed", 7),
                           ("shapes.rewritten", 9)):
        path = os.path.join(LAKE, *table.split("."))
        schema = spark_peer.schema_of(spark, path)
        ours = lambda: canonical_rows(tributary(
            f"SELECT * FROM lake_scan('{table}', version => {version})"), schema)
        name = f"{table}, version {version}"
        results.check(name, "delta-rs", lambda: first_difference(
            ours(), canonical_rows(delta_rs_peer.read(path, version), schema)))
        results.check(name, "Spark", lambda: first_difference(
            ours(), canonical_rows(spark_peer.read(spark, path, version), schema)))
    return results


def theirs_read_by_us(spark):
    results = Results()
    for table, path in tables_below("delta_rs", "spark"):
        schema = spark_peer.schema_of(spark, path)
        theirs = lambda: canonical_rows(spark_peer.read(spark, path), schema)
        results.check(table, "tributary", lambda: first_difference(
            canonical_rows(tributary(f"SELECT * FROM {table}"), schema), theirs()))
    return results


def theirs_refused_by_us(spark):
    """Tables with features that tributary lacks are refused by the feature's name, and the others of
    the lake can be read all the same."""
    results = Results()
    for name, feature in spark_peer.write_refused(spark, LAKE).items():
        def is_refused():
            try:
                tributary(f"SELECT * FROM spark.{name}")
            except RuntimeError as error:
                return "" if feature.lower() in str(error).lower() else str(error)
            return "it was read"
        results.check(f"spark.{name}", "tributary", is_refused)
        if results.rows[f"spark.{name}"]["tributary"] == "equal":
            results.rows[f"spark.{name}"]["tributary"] = f"refused: {feature}"
    results.check("gold.balance beside them", "tributary", lambda: first_difference(
        [{"n": 2}], tributary("SELECT count(*) AS n FROM gold.balance")))
    return results


def appended_by_others(spark):
    """Rows that the others add to tables of ours, read by all three."""
    import pyarrow as pa
    results = Results()
    for table, rows in (("shapes.overwritten", [(100, "x"), (101, None)]),
                        ("shapes.empty", [(1, "a")])):
        path = os.path.join(LAKE, *table.split("."))
        frame = spark.createDataFrame(rows, "id BIGINT, text STRING")
        schema = spark_peer.schema_of(spark, path)
        kind = next(f["type"] for f in schema["fields"] if f["name"] == "id")
        frame = frame.selectExpr(f"CAST(id AS {'INT' if kind == 'integer' else 'BIGINT'}) AS id",
                                 "text")
        frame.write.format("delta").mode("append").save(path)
        types = {"integer": pa.int32(), "long": pa.int64()}
        deltalake.write_deltalake(path, pa.table({
            "id": pa.array([r[0] + 1000 for r in rows], types[kind]),
            "text": pa.array([r[1] for r in rows], pa.string())}), mode="append",
            schema_mode="merge")
        ours = lambda: canonical_rows(tributary(f"SELECT * FROM {table}"), schema)
        results.check(table, "delta-rs", lambda: first_difference(
            ours(), canonical_rows(delta_rs_peer.read(path), schema)))
        results.check(table, "Spark", lambda: first_difference(
            ours(), canonical_rows(spark_peer.read(spark, path), schema)))
    return results


def appended_by_us(spark):
    """Rows that tributary adds to tables of the others, in twelve commits so that it writes a
    checkpoint there too, read by all three."""
    results = Results()
    for table, query in (
            ("spark.appended_by_tributary", "SELECT 100 + $n AS id"),
            ("spark.partitioned", "SELECT 100 AS id, 'added/' || $n AS place, NULL::DATE AS day, "
             "$n::DECIMAL(6, 2) AS price, true AS flag, TIMESTAMPTZ '2026-11-21 04:30:00+00' AS "
             "moment"),
            ("delta_rs.checkpointed", "SELECT 500 + $n AS id, ['z', NULL] AS texts, 7 AS part")):
        path = os.path.join(LAKE, *table.split("."))
        added = subprocess.run([APPEND_ROWS, path, "12", query], capture_output=True, text=True,
                               check=False)
        schema = spark_peer.schema_of(spark, path)
        ours = lambda: canonical_rows(tributary(f"SELECT * FROM {table}"), schema)
        results.check(table, "delta-rs", lambda: added.stderr or first_difference(
            ours(), canonical_rows(delta_rs_peer.read(path), schema)))
        results.check(table, "Spark", lambda: added.stderr or first_difference(
            ours(), canonical_rows(spark_peer.read(spark, path), schema)))
    return results


def main():
    spark = spark_peer.open_session()
    spark.sparkContext.setLogLevel("OFF")
    delta_rs_peer.write_all(LAKE)
    spark_peer.write_all(spark, LAKE)
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=False)
    print(f"{version.stdout.strip()}, delta-rs {deltalake.__version__}, Spark {pyspark.__version__} "
          f"with delta-spark {os.environ['DELTA_VERSION']}")
    parts = [
        ("Tables of tributary, read by others", ["delta-rs", "Spark"], ours_read_by_others(spark)),
        ("Tables of others, read by tributary", ["tributary"], theirs_read_by_us(spark)),
        ("Tables of tributary that the others appended to, read by all", ["delta-rs", "Spark"],
         appended_by_others(spark)),
        ("Tables of the others that tributary appended to, read by all", ["delta-rs", "Spark"],
         appended_by_us(spark)),
        ("Tables of others with features that tributary lacks", ["tributary"],
         theirs_refused_by_us(spark))]
    failures = []
    for title, columns, results in parts:
        results.print(title, columns)
        failures += results.failures
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    spark.stop()
    sys.exit(1 if failures else 0)


main()
