"""Spark with delta-spark as a peer: opens the session, reads tables, and writes the tables that
tributary has to read. Everything it writes stands below LAKE/spark."""
import json
import os

from pyspark.sql import SparkSession, functions
from pyspark.sql.types import TimestampType


def open_session():
    return (
        SparkSession.builder.master("local[2]")
        .appName("interop")
        .config("spark.jars.packages", "io.delta:delta-spark_2.12:" + os.environ["DELTA_VERSION"])
        .config("spark.jars.ivy", os.environ["SPARK_IVY"])
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.databricks.delta.snapshotPartitions", 2)
        # Days before 1582 are proleptic Gregorian in files of ours, as the Parquet format says;
        # Spark asks because its own old versions wrote another calendar.
        .config("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED")
        .config("spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate())


def read(spark, path, version=None):
    reader = spark.read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    frame = reader.load(path)
    # Instants as microseconds: Python's datetime cannot take the first of year 1 from PySpark.
    columns = [functions.unix_micros(f"`{field.name}`").alias(field.name)
               if isinstance(field.dataType, TimestampType) else functions.col(f"`{field.name}`")
               for field in frame.schema.fields]
    return [row.asDict() for row in frame.select(columns).collect()]


TYPES = """SELECT 1 AS id, true AS flag, CAST(-128 AS BYTE) AS tiny, CAST(-32768 AS SHORT) AS small,
    CAST(-2147483648 AS INT) AS whole, CAST(-9223372036854775808 AS BIGINT) AS big,
    CAST(1.5 AS FLOAT) AS single, CAST(1e300 AS DOUBLE) AS ratio,
    CAST(-99999999.99 AS DECIMAL(10, 2)) AS price,
    CAST('9999999999999999999999999999.9999999999' AS DECIMAL(38, 10)) AS huge,
    'Grüße 世界 😀 "q" \\\\' AS text, CAST(unhex('00FF80') AS BINARY) AS bytes,
    DATE '0001-01-01' AS day, TIMESTAMP '2026-11-21 04:30:00.123456' AS moment,
    array(1, NULL, 3) AS numbers, map('a', 1, 'b', NULL) AS counts,
    named_struct('x', 1, 'y', array(named_struct('z', 'deep'))) AS nested
  UNION ALL SELECT 2, false, 127, 32767, 2147483647, 9223372036854775807, CAST('NaN' AS FLOAT),
    CAST('-Infinity' AS DOUBLE), 99999999.99, 0, '', CAST('' AS BINARY), DATE '9999-12-31',
    TIMESTAMP '1969-12-31 23:59:59.999999', array(), map(), named_struct('x', NULL, 'y', array())
  UNION ALL SELECT 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL"""

PLACES = ["plain", "with space", "a/b", "a=b", "50%", "colon:", "Köln", "世界", "quote'd", 'dou"ble',
          "#?&+", "back\\slash", None]


def writers(spark, root):
    """Functions that write, alter and query a table below `root` by its name."""
    def save(name, frame, mode="append", **options):
        writer = frame.write.format("delta").mode(mode)
        for key, value in options.items():
            writer = writer.partitionBy(*value) if key == "by" else writer.option(key, value)
        writer.save(os.path.join(root, name))

    def alter(name, statement):
        spark.sql(f"ALTER TABLE delta.`{os.path.join(root, name)}` {statement}")

    def execute(name, statement):
        spark.sql(statement.format(table=f"delta.`{os.path.join(root, name)}`"))

    return save, alter, execute


def write_all(spark, lake):
    """Writes the tables that tributary has to read."""
    save, _, execute = writers(spark, os.path.join(lake, "spark"))

    save("types", spark.sql(TYPES))
    save("local_times", spark.sql("SELECT 1 AS id, TIMESTAMP_NTZ '2026-11-21 04:30:00.5' AS local "
                                  "UNION ALL SELECT 2, NULL"))
    places = spark.createDataFrame([(i, p) for i, p in enumerate(PLACES)], "id INT, place STRING")
    save("partitioned", places.selectExpr("id", "place", "date_add(DATE '2026-11-21', id) AS day",
                                          "CAST(id AS DECIMAL(6, 2)) AS price", "id % 2 = 0 AS flag",
                                          "timestamp_micros(id * 1500000) AS moment"),
         by=["place", "day", "price", "flag", "moment"])
    for i in range(25):  # checkpoints at 10 and 20
        save("checkpointed", spark.sql(f"SELECT {i} AS id, array('x', NULL) AS texts, {i} % 3 AS part"),
             by=["part"])
    # Four parts: more than two files a part, as the setting says.
    spark.conf.set("spark.databricks.delta.checkpoint.partSize", "3")
    for i in range(12):
        save("multi_part_checkpoint", spark.sql(f"SELECT {i} AS id, 'text {i}' AS text"))
    spark.conf.unset("spark.databricks.delta.checkpoint.partSize")
    save("overwritten", spark.range(1000))
    save("overwritten", spark.range(5), mode="overwrite")
    save("deleted_from", spark.range(100).repartition(1))
    execute("deleted_from", "DELETE FROM {table} WHERE id % 3 = 0")
    execute("deleted_from", "UPDATE {table} SET id = id + 1000 WHERE id < 20")
    save("evolved", spark.sql("SELECT 1 AS id"))
    save("evolved", spark.sql("SELECT 2 AS id, 'new' AS added, named_struct('a', 1) AS pair"),
         mergeSchema="true")
    save("optimized", spark.range(50).repartition(10))
    execute("optimized", "OPTIMIZE {table}")
    save("empty", spark.sql("SELECT 1 AS id, 'a' AS text").where("false"))
    save("appended_by_tributary", spark.range(3))


def write_refused(spark, lake):
    """Writes tables with features that tributary lacks; each with the word its refusal must have."""
    save, alter, execute = writers(spark, os.path.join(lake, "spark"))
    save("deletion_vectors", spark.range(100).repartition(1))
    alter("deletion_vectors", "SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")
    execute("deletion_vectors", "DELETE FROM {table} WHERE id = 7")
    save("column_mapping", spark.sql("SELECT 1 AS id, 2 AS other"))
    alter("column_mapping", "SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name', "
          "'delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '5')")
    alter("column_mapping", "RENAME COLUMN other TO renamed")
    save("v2_checkpoint", spark.range(3))
    alter("v2_checkpoint", "SET TBLPROPERTIES ('delta.checkpointPolicy' = 'v2')")
    return {"deletion_vectors": "deletionVectors", "column_mapping": "columnMapping",
            "v2_checkpoint": "v2Checkpoint"}


def schema_of(spark, path):
    return json.loads(spark.read.format("delta").load(path).schema.json())
