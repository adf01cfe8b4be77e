// write_shapes LAKE: writes tables of every shape that this project can write, below
// LAKE/shapes/, for other Delta engines to read. Part of `./dev interop delta`; not a test itself.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "env/files.h"
#include "lake/table.h"
#include "object/local_store.h"
#include "sql/engine.h"

namespace {

using sql::SaveMode;
using sql::WriteOptions;

struct Write {
  std::string query;
  WriteOptions options = {};
};

struct Shape {
  std::string name;
  std::vector<Write> writes;  // one commit each
};

// Every row of the type table (docs/lake.md) with its extremes; a row of nulls closes it.
constexpr const char* kTypes = R"(
  SELECT * FROM (
    SELECT 1 AS id, true AS boolean, (-128)::TINYINT AS tinyint, (-32768)::SMALLINT AS smallint,
      (-2147483648)::INTEGER AS integer, (-9223372036854775808)::BIGINT AS bigint,
      (-99999999999999999999999999999999999999)::HUGEINT AS hugeint, 0::UTINYINT AS utinyint,
      0::USMALLINT AS usmallint, 0::UINTEGER AS uinteger, 0::UBIGINT AS ubigint,
      (-3.4028234e38)::FLOAT AS "float", (-1.7976931348623157e308)::DOUBLE AS "double",
      (-999.9)::DECIMAL(4, 1) AS decimal_4_1, (-9999999.99)::DECIMAL(9, 2) AS decimal_9_2,
      (-99999999999999.9999)::DECIMAL(18, 4) AS decimal_18_4,
      (-9999999999999999999999999999.9999999999)::DECIMAL(38, 10) AS decimal_38_10,
      '' AS varchar, ''::BLOB AS blob, '00000000-0000-0000-0000-000000000000'::UUID AS uuid,
      'sad'::ENUM('sad', 'ok', 'it''s') AS enumeration, '{"a": [1, null]}'::JSON AS json,
      DATE '0001-01-01' AS date, TIME '00:00:00' AS time,
      TIMESTAMPTZ '0001-01-01 00:00:00+00' AS timestamptz
    UNION ALL
    SELECT 2, false, 127, 32767, 2147483647, 9223372036854775807,
      99999999999999999999999999999999999999, 255, 65535, 4294967295, 18446744073709551615,
      3.4028234e38, 1.7976931348623157e308, 999.9, 9999999.99, 99999999999999.9999,
      9999999999999999999999999999.9999999999, 'Grüße, 世界 😀 "quoted" \ ' || chr(10) || chr(9),
      '\x00\xFF\x80'::BLOB, 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'it''s', '"text"',
      DATE '9999-12-31', TIME '23:59:59.999999', TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'
    UNION ALL
    SELECT 3, true, 0, 0, 0, 9007199254740993, 9007199254740993, 1, 1, 1, 9007199254740993,
      1.1754944e-38, 5e-324, 0.1, 0.01, 0.0001, 0.0000000001, 'a', 'a'::BLOB,
      '6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'ok', 'null', DATE '1969-12-31', TIME '12:34:56.7',
      TIMESTAMPTZ '1969-12-31 23:59:59.999999+00'
    UNION ALL
    SELECT 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
      NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  ))";

// These raise the table's protocol: Delta's timestampNtz is a reader feature.
constexpr const char* kLocalTimes = R"(
  SELECT 1 AS id, TIMESTAMP '0001-01-01 00:00:00' AS timestamp,
    '1969-12-31 23:59:59'::TIMESTAMP_S AS timestamp_s,
    '2026-11-21 04:30:00.123'::TIMESTAMP_MS AS timestamp_ms
  UNION ALL SELECT 2, TIMESTAMP '9999-12-31 23:59:59.999999', '2026-03-29 02:30:00'::TIMESTAMP_S, NULL
  UNION ALL SELECT 3, NULL, NULL, NULL)";

constexpr const char* kNested = R"(
  SELECT 1 AS id, [1, NULL, 3] AS numbers, ['a', '', NULL] AS texts,
    {'a': 1, 'b': 'x'} AS pair, {'in': {'deep': [1.5::DECIMAL(4, 2)]}} AS deep,
    MAP {'k': 1, 'l': NULL} AS counts, [{'x': 1, 'y': DATE '2026-11-21'}, NULL] AS points,
    MAP {1: ['a', 'b'], 2: []} AS lists, [[1], [], NULL] AS matrix,
    [0.5, 1.5, 2.5]::DOUBLE[3] AS fixed, [TIMESTAMPTZ '2026-11-21 04:30:00.000001+00'] AS moments,
    ['6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID] AS uuids
  UNION ALL
  SELECT 2, [], [], {'a': NULL, 'b': NULL}, {'in': {'deep': []}}, MAP {}, [], MAP {}, [],
    [NULL, 0, -0.5]::DOUBLE[3], [], []
  UNION ALL
  SELECT 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  UNION ALL
  SELECT 4, [1], ['x'], {'a': 2, 'b': ''}, {'in': NULL}, MAP {'': 0}, [{'x': NULL, 'y': NULL}],
    NULL, [[NULL]], [1, 2, 3]::DOUBLE[3], [NULL], [NULL])";

constexpr const char* kFloats = R"(
  SELECT i AS id, d AS "double", d::FLOAT AS "float"
  FROM (VALUES (1, 'NaN'::DOUBLE), (2, 'infinity'::DOUBLE), (3, '-infinity'::DOUBLE),
               (4, (-0.0)::DOUBLE), (5, 0.1::DOUBLE), (6, NULL)) v(i, d))";

// Names that need escaping in folders and in the log.
constexpr const char* kPartitioned = R"(
  SELECT row_number() OVER () AS id, place, day, amount
  FROM (VALUES ('plain'), ('with space'), ('a/b'), ('a=b'), ('50%'), ('colon:'), ('Köln'), ('世界'),
               ('quote''d'), ('double"d'), ('#?&+'), ('back\slash'), ('null'), (NULL)) p(place),
       (VALUES (DATE '2026-11-21', 1.50::DECIMAL(6, 2)), (DATE '1969-12-31', NULL), (NULL, 2)) d(day, amount)
  ORDER BY ALL)";

std::vector<Shape> Shapes() {
  std::vector<Shape> shapes = {
      {"types", {{kTypes}}},
      {"local_times", {{kLocalTimes}}},
      {"nested", {{kNested}}},
      {"floats", {{kFloats}}},
      {"empty", {{"SELECT 1 AS id, 'a' AS text, [1] AS numbers WHERE false"}}},
      {"names", {{R"(SELECT 1 AS id, 2 AS "select", 3 AS "CamelCase", 4 AS "Größe", 5 AS "a-b",
                     6 AS "$dollar", 7 AS "quote""d", {'Inner': 8} AS "Outer")"}}},
      {"partitioned", {{kPartitioned, {.partition_by = {"place", "day"}}}}},
      {"partitioned_by_types",
       {{R"(SELECT * FROM (VALUES
              (1, true, 7::TINYINT, (-5)::BIGINT, 1.25::DECIMAL(5, 2), 0.1::DOUBLE,
               TIMESTAMPTZ '2026-11-21 04:30:00.5+00', '\x01\xFF'::BLOB),
              (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL))
            v(id, flag, tiny, big, price, ratio, moment, bytes))",
         {.partition_by = {"flag", "tiny", "big", "price", "ratio", "moment"}}}}},
      {"many_rows",
       {{"SELECT i AS id, 'row ' || i AS text, i % 97 AS bucket, i / 7.0 AS ratio, "
         "TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds(i) AS moment FROM range(300000) "
         "r(i)"}}},
      {"overwritten",
       {{"SELECT i AS id, 'first' AS text FROM range(1000) r(i)"},
        {"SELECT i AS id, 'second' AS text FROM range(3) r(i)", {.mode = SaveMode::kOverwrite}}}},
      {"evolved",
       {{"SELECT 1 AS id, 'a' AS text"},
        {"SELECT 2 AS id, 'b' AS text, 2.5 AS added, [1] AS numbers", {.evolve_schema = true}},
        {"SELECT 3 AS id"}}},
      {"replaced_schema",
       {{"SELECT 1 AS id, 'a' AS text"},
        {"SELECT DATE '2026-11-21' AS day, true AS flag",
         {.mode = SaveMode::kOverwrite, .evolve_schema = true}}}},
  };
  // Checkpoints come after every tenth commit: this has two, and commits after the second.
  Shape checkpointed{"checkpointed", {}};
  for (int i = 0; i < 25; ++i) {
    const std::string n = std::to_string(i);
    checkpointed.writes.push_back(
        {"SELECT " + n + " AS id, 'part ' || " + n + " % 3 AS part, [" + n + "] AS numbers, " +
             "TIMESTAMPTZ '2026-11-21 00:00:00+00' + to_hours(" + n + ") AS moment",
         {.partition_by = {"part"}, .txns = {{.app_id = "shapes", .version = i}}}});
  }
  shapes.push_back(std::move(checkpointed));
  // A checkpoint whose state includes removed files.
  Shape rewritten{"rewritten", {}};
  for (int i = 0; i < 13; ++i) {
    rewritten.writes.push_back({"SELECT " + std::to_string(i) + " AS id",
                                {.mode = i % 4 == 3 ? SaveMode::kOverwrite : SaveMode::kAppend}});
  }
  shapes.push_back(std::move(rewritten));
  return shapes;
}

base::Result<void> WriteAll(const std::string& lake_folder) {
  const auto files = env::NewRealFiles();
  const base::SystemClock clock;
  sql::EngineOptions engine_options;
  engine_options.temp_directory = lake_folder + "/../spill";
  const auto engine = TRY(sql::Engine::Open(engine_options));
  const auto connection = TRY(engine->Connect());
  for (const Shape& shape : Shapes()) {
    const std::string folder = lake_folder + "/shapes/" + shape.name;
    lake::Table table(std::make_shared<object::LocalStore>(files.get(), folder),
                      &engine->checkpoint_files(), &clock);
    for (const Write& write : shape.writes) {
      TRY(connection->WriteTable(table, write.query, write.options).With(shape.name));
    }
    printf("%s\n", shape.name.c_str());
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: write_shapes LAKE_FOLDER\n");
    return 2;
  }
  const auto written = WriteAll(argv[1]);
  if (written.ok()) return 0;
  fprintf(stderr, "error: %s\n", written.error().ToString().c_str());
  return 1;
}
