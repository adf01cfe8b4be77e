"""Runs the three programs of this folder in turn, compares their marts and prints a table.

usage: measure.py PROGRAM WORK_FOLDER RUNS
"""
import glob
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

import duckdb
import pyspark
from deltalake import DeltaTable

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLE = os.path.join(HERE, "../../examples/amazon-reviews")
MARTS = ["mart_users", "mart_parent_products", "mart_categories", "mart_store_performance",
         "mart_reviews"]


def run(command, environment):
    """Seconds, peak memory in MiB and the output of one command; stops all when it fails."""
    started = time.time()
    with open(os.path.join(environment["WORK"], "last.log"), "w+", encoding="utf-8") as log:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log)
        output = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            log.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{output}{log.read()[-4000:]}")
    return time.time() - started, usage.ru_maxrss / 1024, output


class Tributary:
    name = "tributary run, tests included"

    def __init__(self, program):
        self.program = program
        version = subprocess.run([program, "--version"], capture_output=True, text=True)
        self.version = version.stdout.strip()

    def measure(self, work, data, lake):
        project = os.path.join(work, "project")
        shutil.rmtree(project, ignore_errors=True)
        shutil.copytree(EXAMPLE, project)
        environment = dict(os.environ, WORK=work, AMAZON_DATA=data, AMAZON_LAKE=lake)
        seconds, memory, _ = run([self.program, "-C", project, "run"], environment)
        session, _, _ = run([self.program, "-C", project, "sql", "SELECT 1"], environment)
        return session, seconds - session, memory

    @staticmethod
    def mart(lake, mart):
        return DeltaTable(os.path.join(lake, "gold", mart)).to_pyarrow_table()


class Spark(Tributary):
    name = "PySpark and delta-spark"

    def __init__(self):
        self.version = f"{pyspark.__version__} and {os.environ['DELTA_VERSION']}"

    def measure(self, work, data, lake):
        environment = dict(os.environ, WORK=work)
        command = [sys.executable, os.path.join(HERE, "spark_job.py"), data, lake]
        _, _, output = run(command, environment)
        times = json.loads(output.strip().splitlines()[-1])
        return times["session"], times["work"], None  # the work is done in a child, the JVM


class PlainDuckDb:
    name = "plain DuckDB, unchecked Parquet"

    def __init__(self):
        self.version = duckdb.__version__

    def measure(self, work, data, lake):
        command = [sys.executable, os.path.join(HERE, "plain_duckdb.py"), data, lake]
        _, memory, output = run(command, dict(os.environ, WORK=work))
        times = json.loads(output.strip().splitlines()[-1])
        return times["session"], times["work"], memory


def differences(ours, theirs):
    """The number of rows that one of two lakes has in a mart and the other has not."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    total = 0
    for mart in MARTS:
        a, b = Tributary.mart(ours, mart), Tributary.mart(theirs, mart)
        connection.register("a", a)
        connection.register("b", b)
        columns = ", ".join(f'"{name}"' for name in a.column_names)
        for left, right in (("a", "b"), ("b", "a")):
            total += connection.execute(
                f"SELECT count(*) FROM (SELECT {columns} FROM {left} EXCEPT ALL "
                f"SELECT {columns} FROM {right})").fetchone()[0]
    return total


def main():
    program, work, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    data = os.path.join(work, "data")
    contenders = [Tributary(program), Spark(), PlainDuckDb()]
    times = {c.name: [] for c in contenders}
    for number in range(runs):
        for contender in contenders:
            lake = os.path.join(work, "lake-" + type(contender).__name__.lower())
            shutil.rmtree(lake, ignore_errors=True)
            times[contender.name].append(contender.measure(work, data, lake))
            start, seconds, _ = times[contender.name][-1]
            print(f"run {number + 1}: {contender.name}: start {start:.2f} s, work {seconds:.1f} s",
                  file=sys.stderr)
    size = sum(os.path.getsize(f) for f in glob.glob(os.path.join(data, "*.jsonl*")))
    lines = sum(1 for _ in open(os.path.join(data, "reviews.jsonl"), "rb"))
    print(f"{lines:,} reviews, {size / 2**20:,.0f} MiB of JSON; median of {runs}; "
          f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}\n")
    print("| program | version | start, s | work, s | reviews/s | peak memory, MiB |")
    print("|---|---|---|---|---|---|")
    for contender in contenders:
        measured = times[contender.name]
        start, seconds = (statistics.median(m[i] for m in measured) for i in (0, 1))
        memory = "" if measured[0][2] is None else f"{max(m[2] for m in measured):,.0f}"
        print(f"| {contender.name} | {contender.version} | {start:.2f} | {seconds:.1f} "
              f"| {lines / seconds:,.0f} | {memory} |")
    rows = differences(os.path.join(work, "lake-tributary"), os.path.join(work, "lake-spark"))
    print(f"\nMarts of tributary and Spark: {'equal' if rows == 0 else f'{rows} rows differ'}.")
    sys.exit(0 if rows == 0 else 1)


main()
