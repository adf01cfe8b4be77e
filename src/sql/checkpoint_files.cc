// Checkpoint files of Delta tables: action lines to Parquet and back.
// Written: exactly the columns of the protocol's "Checkpoint Schema" that we know. Read: whichever
// of them a writer made; its further columns (parsed statistics and the like) are left alone.
#include "sql/checkpoint_files.h"

#include <algorithm>

#include <duckdb/common/types/data_chunk.hpp>

#include "base/json_writer.h"
#include "base/text.h"
#include "columnar/batch_source.h"
#include "columnar/column_writer.h"
#include "sql/rows.h"

namespace sql {
namespace {

using columnar::Type;
using columnar::TypeId;

struct Member {
  const char* name;
  const char* type;  // in the notation of DuckDB's from_json
};

struct ActionColumn {
  const char* name;
  std::vector<Member> members;
};

constexpr char kTextMap[] = "\"MAP(VARCHAR, VARCHAR)\"";
constexpr char kText[] = R"("VARCHAR")";
constexpr char kLong[] = R"("BIGINT")";
constexpr char kInt[] = R"("INTEGER")";
constexpr char kBool[] = R"("BOOLEAN")";
constexpr char kTexts[] = R"(["VARCHAR"])";

const std::vector<ActionColumn>& ActionColumns() {
  static const auto& columns = *new std::vector<ActionColumn>{
      {"txn", {{"appId", kText}, {"version", kLong}, {"lastUpdated", kLong}}},
      {"add",
       {{"path", kText},
        {"partitionValues", kTextMap},
        {"size", kLong},
        {"modificationTime", kLong},
        {"dataChange", kBool},
        {"stats", kText},
        {"tags", kTextMap}}},
      {"remove",
       {{"path", kText},
        {"deletionTimestamp", kLong},
        {"dataChange", kBool},
        {"extendedFileMetadata", kBool},
        {"partitionValues", kTextMap},
        {"size", kLong},
        {"tags", kTextMap}}},
      {"metaData",
       {{"id", kText},
        {"name", kText},
        {"description", kText},
        {"format", R"json({"provider":"VARCHAR","options":"MAP(VARCHAR, VARCHAR)"})json"},
        {"schemaString", kText},
        {"partitionColumns", kTexts},
        {"configuration", kTextMap},
        {"createdTime", kLong}}},
      {"protocol",
       {{"minReaderVersion", kInt},
        {"minWriterVersion", kInt},
        {"readerFeatures", kTexts},
        {"writerFeatures", kTexts}}},
  };
  return columns;
}

// {"txn":{"appId":"VARCHAR",..},..}
std::string Structure() {
  base::JsonWriter json;
  json.BeginObject();
  for (const ActionColumn& column : ActionColumns()) {
    json.Key(column.name).BeginObject();
    for (const Member& member : column.members) json.Key(member.name).Raw(member.type);
    json.EndObject();
  }
  json.EndObject();
  return std::move(json).Take();
}

// Lines of text as one column. One stream: parsing them is work for DuckDB's threads behind it.
class LineSource final : public columnar::BatchSource {
 public:
  explicit LineSource(const std::vector<std::string>& lines) : lines_(lines) {}

  [[nodiscard]] const columnar::Schema& schema() const override { return schema_; }
  [[nodiscard]] size_t parallelism() const override { return 1; }
  base::Result<std::unique_ptr<columnar::BatchStream>> OpenStream() override {
    return std::make_unique<Stream>(*this);
  }

 private:
  bool Fill(duckdb::DataChunk& chunk) {
    const size_t num_rows = std::min(lines_.size() - next_, columnar::kBatchRows);
    auto* data = duckdb::FlatVector::GetData<duckdb::string_t>(chunk.data[0]);
    for (size_t row = 0; row < num_rows; ++row) {
      data[row] = duckdb::StringVector::AddString(chunk.data[0], lines_[next_ + row]);
    }
    next_ += num_rows;
    chunk.SetCardinality(num_rows);
    return num_rows > 0;
  }

  class Stream final : public columnar::BatchStream {
   public:
    explicit Stream(LineSource& source) : source_(source) {}
    base::Result<bool> Next(duckdb::DataChunk& chunk) override { return source_.Fill(chunk); }

   private:
    LineSource& source_;
  };

  const std::vector<std::string>& lines_;
  size_t next_ = 0;
  columnar::Schema schema_{{{"line", TypeId::kVarchar, false, {}}}};
};

const columnar::Field* FindMember(const Type& type, std::string_view name) {
  for (const columnar::Field& member : type.children) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

std::string MemberOf(const char* column, std::string_view member) {
  return base::QuoteIdentifier(column) + "." + base::QuoteIdentifier(member);
}

// The statistics of an add, or what is left of them where a writer kept them parsed only.
std::string StatsOf(const Type& add) {
  const std::string text =
      FindMember(add, "stats") != nullptr ? MemberOf("add", "stats") : "CAST(NULL AS VARCHAR)";
  const columnar::Field* parsed = FindMember(add, "stats_parsed");
  if (parsed == nullptr || FindMember(parsed->type, "numRecords") == nullptr) return text;
  return "coalesce(" + text + ", '{\"numRecords\":' || " + MemberOf("add", "stats_parsed") +
         ".\"numRecords\" || '}')";
}

// NULL, or a struct of the members we know and the file has. A deletion vector comes along, so
// that it is refused and not overlooked.
std::string ActionExpression(const ActionColumn& column, const Type& type) {
  std::vector<std::string> members;
  const auto add = [&](const std::string& name, const std::string& value) {
    members.push_back(base::QuoteIdentifier(name) + " := " + value);
  };
  for (const Member& member : column.members) {
    const bool stats = std::string_view(member.name) == "stats";
    if (stats) {
      add(member.name, StatsOf(type));
    } else if (FindMember(type, member.name) != nullptr) {
      add(member.name, MemberOf(column.name, member.name));
    }
  }
  if (FindMember(type, "deletionVector") != nullptr) {
    add("deletionVector", MemberOf(column.name, "deletionVector"));
  }
  return "CASE WHEN " + base::QuoteIdentifier(column.name) + " IS NOT NULL THEN struct_pack(" +
         base::Join(members, ", ") + ") END AS " + base::QuoteIdentifier(column.name);
}

// A store lent for one call.
std::shared_ptr<object::ObjectStore> Borrow(object::ObjectStore& store) {
  return {std::shared_ptr<void>(), &store};
}

}  // namespace

DuckDbCheckpointFiles::DuckDbCheckpointFiles(duckdb::DuckDB& database, SessionParts parts)
    : database_(database), parts_(std::move(parts)) {}

base::Result<void> DuckDbCheckpointFiles::WriteCheckpoint(object::ObjectStore& store,
                                                          const std::string& key,
                                                          const std::vector<std::string>& actions) {
  return Guard([&]() -> base::Result<void> {
    SqlConnection connection(database_, parts_);
    const Mounts::Mount mount(parts_.mounts, Borrow(store));
    LineSource lines(actions);
    const BatchSources::Lease lease(parts_.sources, lines);
    std::vector<std::string> columns;
    for (const ActionColumn& column : ActionColumns()) {
      columns.push_back("a." + base::QuoteIdentifier(column.name));
    }
    TRY(connection.Collect("COPY (SELECT " + base::Join(columns, ", ") +
                           " FROM (SELECT from_json(line, " + base::QuoteLiteral(Structure()) +
                           ") AS a FROM (" + lease.Query() + "))) TO " +
                           base::QuoteLiteral(mount.PathOf(key)) + " (FORMAT parquet)"));
    return {};
  });
}

base::Result<std::vector<std::string>> DuckDbCheckpointFiles::ReadCheckpoint(
    object::ObjectStore& store, const std::string& key) {
  return Guard([&] { return Read(store, key); });
}

base::Result<std::vector<std::string>> DuckDbCheckpointFiles::Read(object::ObjectStore& store,
                                                                   const std::string& key) {
  SqlConnection connection(database_, parts_);
  const Mounts::Mount mount(parts_.mounts, Borrow(store));
  const std::string file = "read_parquet(" + base::QuoteLiteral(mount.PathOf(key)) + ")";
  const auto layout = TRY(connection.Query("SELECT * FROM " + file + " LIMIT 0"));
  std::vector<std::string> expressions, names;
  for (const ActionColumn& column : ActionColumns()) {
    for (const Column& present : layout->columns()) {
      if (present.name != column.name || present.type.id != TypeId::kStruct) continue;
      expressions.push_back(ActionExpression(column, present.type));
      names.emplace_back(column.name);
    }
  }
  std::vector<std::string> lines;
  if (expressions.empty()) return lines;
  const auto rows =
      TRY(connection.QueryRaw("SELECT " + base::Join(expressions, ", ") + " FROM " + file));
  while (const auto chunk = TRY(rows->NextChunk())) {
    for (size_t column = 0; column < names.size(); ++column) {
      for (const std::string& text : RenderJson(chunk->data[column], chunk->size())) {
        if (text != "null") lines.push_back("{\"" + names[column] + "\":" + text + "}");
      }
    }
  }
  return lines;
}

}  // namespace sql
