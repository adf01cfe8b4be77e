"""delta-rs (the deltalake package) as a peer: reads tables, and writes the tables that tributary has
to read. Everything it writes stands below LAKE/delta_rs."""
import datetime
import decimal
import os

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

UTC = datetime.timezone.utc


def read(path, version=None):
    return DeltaTable(path, version=version).to_pyarrow_table().to_pylist()


def types():
    moment = datetime.datetime(2026, 11, 21, 4, 30, 0, 123456, UTC)
    first = {
        "id": 1, "flag": True, "tiny": -128, "small": -32768, "whole": -2147483648,
        "big": -9223372036854775808, "single": 1.5, "ratio": 1e300,
        "price": decimal.Decimal("-99999999.99"), "text": 'Grüße 世界 😀 "q" \\',
        "bytes": b"\x00\xff\x80", "day": datetime.date(1969, 12, 31), "moment": moment,
        "numbers": [1, None, 3], "counts": [("a", 1), ("b", None)],
        "nested": {"x": 1, "y": [{"z": "deep"}]}}
    schema = pa.schema([
        ("id", pa.int32()), ("flag", pa.bool_()), ("tiny", pa.int8()), ("small", pa.int16()),
        ("whole", pa.int32()), ("big", pa.int64()), ("single", pa.float32()),
        ("ratio", pa.float64()), ("price", pa.decimal128(10, 2)), ("text", pa.string()),
        ("bytes", pa.binary()), ("day", pa.date32()), ("moment", pa.timestamp("us", "UTC")),
        ("numbers", pa.list_(pa.int64())), ("counts", pa.map_(pa.string(), pa.int32())),
        ("nested", pa.struct([("x", pa.int32()),
                              ("y", pa.list_(pa.struct([("z", pa.string())])))]))])
    return pa.Table.from_pylist([first, {"id": 2}], schema=schema)


PLACES = ["plain", "with space", "a/b", "a=b", "50%", "colon:", "Köln", "世界", "quote'd", 'dou"ble',
          "#?&+", "back\\slash", None]


def write_all(lake):
    root = os.path.join(lake, "delta_rs")

    def save(name, table, **options):
        os.makedirs(root, exist_ok=True)
        write_deltalake(os.path.join(root, name), table, **options)

    def ids(*values):
        return pa.table({"id": pa.array(values, pa.int64())})

    save("types", types())
    save("local_times", pa.table({"id": [1, 2], "local": pa.array(
        [datetime.datetime(2026, 11, 21, 4, 30), None], pa.timestamp("us"))}))
    count = range(len(PLACES))
    save("partitioned", pa.table({
        "id": pa.array(count, pa.int32()), "place": pa.array(PLACES, pa.string()),
        "day": pa.array([datetime.date(2026, 1, 1 + i) for i in count], pa.date32()),
        "flag": pa.array([None if i == 3 else i % 2 == 0 for i in count], pa.bool_())}),
         partition_by=["place", "day", "flag"])
    for i in range(4):
        save("checkpointed", pa.table({"id": [i], "texts": [["x", None]], "part": [i % 2]}),
             mode="append", partition_by=["part"])
    DeltaTable(os.path.join(root, "checkpointed")).create_checkpoint()
    save("checkpointed", pa.table({"id": [99], "texts": [["y"]], "part": [0]}), mode="append")
    save("overwritten", ids(*range(100)))
    save("overwritten", ids(1, 2), mode="overwrite")
    save("deleted_from", ids(*range(100)))
    DeltaTable(os.path.join(root, "deleted_from")).delete("id % 3 = 0")
    save("evolved", ids(1))
    save("evolved", pa.table({"id": pa.array([2], pa.int64()), "added": ["new"]}), mode="append",
         schema_mode="merge")
    for i in range(5):
        save("optimized", ids(i), mode="append")
    DeltaTable(os.path.join(root, "optimized")).optimize.compact()
    save("empty", ids())
    return sorted(os.listdir(root))
