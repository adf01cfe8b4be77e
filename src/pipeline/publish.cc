#include "pipeline/publish.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "pipeline/data_tests.h"
#include "pipeline/postgres.h"

namespace pipeline {
namespace {

using base::QuoteIdentifier;
using base::QuoteLiteral;
using columnar::TypeId;

constexpr size_t kNameBytesMax = 63;  // PostgreSQL cuts longer names
constexpr const char* kLockTimeout = "30s";

std::string QuotedList(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(QuoteIdentifier(name));
  return base::Join(quoted, ", ");
}

// One transaction of one publication. Anything that fails leaves it unfinished, and the server
// takes all of it back when the connection closes.
class Publisher {
 public:
  Publisher(sql::Connection& source, PostgresConnection& target, const std::string& schema)
      : source_(source), target_(target), schema_(schema) {}

  base::Result<PublishReport> Run(const std::vector<PublishedTable>& tables) {
    TRY(target_.Execute("BEGIN"));
    TRY(target_.Execute(std::string("SET LOCAL lock_timeout = '") + kLockTimeout + "'"));
    // Two publications to one schema go one after the other.
    TRY(target_.Query("SELECT pg_advisory_xact_lock(hashtextextended(" +
                      QuoteLiteral("tributary publish " + schema_) + ", 0))"));
    TRY(MakeSchema());
    PublishReport report;
    for (size_t i = 0; i < tables.size(); ++i) {
      const RelationName& name = tables[i].relation;
      report.num_rows += TRY(Stage(tables[i], i).With(name.ToString()));
      ++report.num_tables;
    }
    // Only now are the tables that people read locked.
    for (size_t i = 0; i < tables.size(); ++i) TRY(Swap(tables[i], i));
    TRY(target_.Execute("COMMIT"));
    return report;
  }

 private:
  static std::string StagingName(size_t index) {
    return "tributary_staging_" + std::to_string(index);
  }
  [[nodiscard]] std::string InSchema(const std::string& name) const {
    return QuoteIdentifier(schema_) + "." + QuoteIdentifier(name);
  }

  base::Result<void> MakeSchema() {
    // CREATE SCHEMA IF NOT EXISTS asks for the right to create one even where it exists.
    const auto found =
        TRY(target_.Query("SELECT 1 FROM pg_namespace WHERE nspname = " + QuoteLiteral(schema_)));
    if (!found.empty()) return {};
    return target_.Execute("CREATE SCHEMA " + QuoteIdentifier(schema_));
  }

  // Makes the new table beside the old one; its number of rows.
  base::Result<int64_t> Stage(const PublishedTable& table, size_t index) {
    const std::string relation = QuoteRelation(table.relation);
    std::vector<std::string> definitions;
    std::vector<std::string> expressions;
    {
      const auto shape = TRY(source_.Query("SELECT * FROM " + relation + " LIMIT 0"));
      for (const sql::Column& column : shape->columns()) {
        if (column.name.size() > kNameBytesMax) {
          return base::Unsupported(
              "the column name '" + column.name + "' is longer than the 63 bytes PostgreSQL allows",
              "Give the column a shorter name in the model.");
        }
        const PublishedColumn mapped = TRY(MapColumn(column));
        definitions.push_back(QuoteIdentifier(column.name) + " " + mapped.type);
        expressions.push_back(mapped.expression);
      }
    }
    const std::string staging = InSchema(StagingName(index));
    TRY(target_.Execute("CREATE TABLE " + staging + " (" + base::Join(definitions, ", ") + ")"));
    const int64_t num_rows = TRY(Copy(
        "SELECT " + base::Join(expressions, ", ") + " FROM " + relation, definitions, staging));
    TRY(AddKeys(table, index));
    TRY(target_.Execute("ANALYZE " + staging));
    return num_rows;
  }

  base::Result<int64_t> Copy(const std::string& query, const std::vector<std::string>& columns,
                             const std::string& staging) {
    const auto rows = TRY(source_.Query(query));
    TRY(target_.BeginCopy("COPY " + staging + " FROM STDIN"));
    std::string bytes;
    int64_t num_rows = 0;
    for (;;) {
      std::vector<sql::Rows::TextRow> batch;
      const bool more = TRY(rows->NextText(batch));
      for (const sql::Rows::TextRow& row : batch) {
        ++num_rows;
        if (const auto nul = AppendCopyRow(row, bytes)) {
          return base::InvalidArgument(
              "row " + std::to_string(num_rows) + ": " + columns[*nul] +
                  " holds a NUL character, which PostgreSQL cannot store in a text",
              "Take it out in the model: replace(column, chr(0), '').");
        }
        if (bytes.size() >= base::limits::kPublishBufferBytes) {
          TRY(target_.CopyData(bytes));
          bytes.clear();
        }
      }
      if (!more) break;
    }
    if (!bytes.empty()) TRY(target_.CopyData(bytes));
    TRY(target_.EndCopy());
    return num_rows;
  }

  // Which unique test is the primary key, if any.
  static std::optional<size_t> PrimaryKey(const PublishedTable& table) {
    for (size_t i = 0; i < table.unique.size(); ++i) {
      const bool present =
          std::all_of(table.unique[i].begin(), table.unique[i].end(), [&](const auto& column) {
            return std::find(table.not_null.begin(), table.not_null.end(), column) !=
                   table.not_null.end();
          });
      if (present) return i;
    }
    return std::nullopt;
  }

  static std::string StagingKey(size_t table, size_t key) {
    return StagingName(table) + "_key_" + std::to_string(key);
  }

  base::Result<void> AddKeys(const PublishedTable& table, size_t index) {
    const auto primary = PrimaryKey(table);
    for (size_t i = 0; i < table.unique.size(); ++i) {
      TRY(target_.Execute("ALTER TABLE " + InSchema(StagingName(index)) + " ADD CONSTRAINT " +
                          QuoteIdentifier(StagingKey(index, i)) +
                          (primary == i ? " PRIMARY KEY (" : " UNIQUE (") +
                          QuotedList(table.unique[i]) + ")"));
    }
    return {};
  }

  // Whoever could read the old table can read the new one.
  base::Result<void> CopyGrants(const std::string& name, const std::string& staging) {
    const auto grants = TRY(target_.Query(
        "SELECT format('GRANT %s ON " + staging +
        " TO %s%s', a.privilege_type,"
        " CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,"
        " CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,"
        " LATERAL aclexplode(c.relacl) a"
        " WHERE n.nspname = " +
        QuoteLiteral(schema_) + " AND c.relname = " + QuoteLiteral(name) +
        " AND c.relkind IN ('r', 'p') AND a.grantee <> c.relowner"));
    for (const PostgresConnection::Row& grant : grants) TRY(target_.Execute(grant.front()));
    return {};
  }

  base::Result<void> Swap(const PublishedTable& table, size_t index) {
    const std::string& name = table.relation.name;
    const std::string staging = InSchema(StagingName(index));
    const std::string target = InSchema(name);
    TRY(CopyGrants(name, staging));
    auto dropped = target_.Execute("DROP TABLE IF EXISTS " + target);
    if (!dropped.ok()) return ExplainDrop(schema_ + "." + name, std::move(dropped).error());
    TRY(target_.Execute("ALTER TABLE " + staging + " RENAME TO " + QuoteIdentifier(name)));
    const auto primary = PrimaryKey(table);
    for (size_t i = 0; i < table.unique.size(); ++i) {
      const std::string ending = primary == i ? "_pkey" : "_key" + std::to_string(i + 1);
      TRY(target_.Execute("ALTER TABLE " + target + " RENAME CONSTRAINT " +
                          QuoteIdentifier(StagingKey(index, i)) + " TO " +
                          QuoteIdentifier(name.substr(0, kNameBytesMax - ending.size()) + ending)));
    }
    if (table.description.empty()) return {};
    return target_.Execute("COMMENT ON TABLE " + target + " IS " + QuoteLiteral(table.description));
  }

  static base::Error ExplainDrop(const std::string& table, base::Error error) {
    const base::Code code = error.code();
    error = std::move(error).With("cannot replace " + table);
    if (code == base::Code::kConflict) {
      return std::move(error).WithHint(
          "Nothing was changed. Drop what depends on the table before publishing, and make it "
          "again afterwards.");
    }
    if (code == base::Code::kTimeout) {
      return std::move(error).WithHint(
          "Nothing was changed. Somebody held the table for longer "
          "than " +
          std::string(kLockTimeout) + "; publish again.");
    }
    return error;
  }

  sql::Connection& source_;
  PostgresConnection& target_;
  const std::string& schema_;
};

base::Error NoPlace(const sql::Column& column, const std::string& cast) {
  return base::Unsupported(
      "column '" + column.name + "' has the type " + column.type.ToSql() +
          ", which PostgreSQL cannot hold",
      "Write CAST(" + QuoteIdentifier(column.name) + " AS " + cast + ") in the model.");
}

}  // namespace

PublishedTable DescribeTable(const RelationName& relation, const Model* maybe_model) {
  PublishedTable table{.relation = relation, .description = {}, .unique = {}, .not_null = {}};
  if (maybe_model == nullptr) return table;
  table.description = maybe_model->description;
  for (const DataTest& test : maybe_model->tests) {
    if (test.warn_only) continue;
    if (test.kind == "unique") table.unique.push_back(test.columns);
    if (test.kind == "not_null") table.not_null.push_back(test.columns.front());
  }
  return table;
}

base::Result<PublishedColumn> MapColumn(const sql::Column& column) {
  const std::string name = QuoteIdentifier(column.name);
  const auto plain = [&](std::string type) {
    return PublishedColumn{.type = std::move(type), .expression = name};
  };
  // DuckDB writes "0044-03-15 (BC)", PostgreSQL "0044-03-15 BC".
  const auto dated = [&](std::string type) {
    return PublishedColumn{.type = std::move(type),
                           .expression = "replace(CAST(" + name + " AS VARCHAR), ' (BC)', ' BC')"};
  };
  switch (column.type.id) {
    case TypeId::kBoolean:
      return plain("boolean");
    case TypeId::kTinyInt:
    case TypeId::kSmallInt:
    case TypeId::kUTinyInt:
      return plain("smallint");
    case TypeId::kInteger:
    case TypeId::kUSmallInt:
      return plain("integer");
    case TypeId::kBigInt:
    case TypeId::kUInteger:
      return plain("bigint");
    case TypeId::kUBigInt:
      return plain("numeric(20,0)");
    case TypeId::kHugeInt:
      return plain("numeric(38,0)");
    case TypeId::kUHugeInt:
      return plain("numeric(39,0)");
    case TypeId::kFloat:
      return plain("real");
    case TypeId::kDouble:
      return plain("double precision");
    case TypeId::kDecimal:
      return plain("numeric(" + std::to_string(column.type.width) + "," +
                   std::to_string(column.type.scale) + ")");
    case TypeId::kVarchar:
    case TypeId::kEnum:
      return plain("text");
    case TypeId::kBlob:
      return PublishedColumn{.type = "bytea", .expression = "'\\x' || hex(" + name + ")"};
    case TypeId::kUuid:
      return plain("uuid");
    case TypeId::kDate:
      return dated("date");
    case TypeId::kTime:
      return plain("time");
    case TypeId::kTimeTz:
      return plain("time with time zone");
    case TypeId::kTimestamp:
    case TypeId::kTimestampS:
    case TypeId::kTimestampMs:
      return dated("timestamp");
    case TypeId::kTimestampTz:
      return dated("timestamp with time zone");
    case TypeId::kInterval:
      return plain("interval");
    case TypeId::kBit:
      return plain("bit varying");
    case TypeId::kNull:
      return plain("text");
    case TypeId::kJson:
      return PublishedColumn{.type = "jsonb", .expression = "CAST(" + name + " AS VARCHAR)"};
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap:
    case TypeId::kArray:
      return PublishedColumn{.type = "jsonb",
                             .expression = "CAST(to_json(" + name + ") AS VARCHAR)"};
    case TypeId::kTimestampNs:
      return NoPlace(column, "TIMESTAMP");
    case TypeId::kUnion:
    case TypeId::kOther:
      return NoPlace(column, "VARCHAR");
  }
  return NoPlace(column, "VARCHAR");
}

std::optional<size_t> AppendCopyRow(const sql::Rows::TextRow& row, std::string& out) {
  const size_t start = out.size();
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out += '\t';
    if (!row[i]) {
      out += "\\N";
      continue;
    }
    for (const char c : *row[i]) {
      switch (c) {
        case '\0':
          out.resize(start);
          return i;
        case '\\':
          out += "\\\\";
          break;
        case '\n':
          out += "\\n";
          break;
        case '\r':
          out += "\\r";
          break;
        case '\t':
          out += "\\t";
          break;
        default:
          out += c;
      }
    }
  }
  out += '\n';
  return std::nullopt;
}

base::Result<PublishReport> Publish(sql::Connection& connection, const std::string& url,
                                    const std::string& schema,
                                    const std::vector<PublishedTable>& tables,
                                    std::stop_token stop) {
  const auto target = TRY(PostgresConnection::Connect(url, std::move(stop)));
  return Publisher(connection, *target, schema).Run(tables);
}

}  // namespace pipeline
