// lake_files: DuckDB's parquet_scan with the files and columns of a lake snapshot. Its reader comes
// from the catalog; only the lists of files and columns are ours.
#include "sql/lake_files.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include <duckdb/catalog/catalog_entry/table_function_catalog_entry.hpp>
#include <duckdb/common/multi_file/multi_file_data.hpp>
#include <duckdb/common/multi_file/multi_file_list.hpp>
#include <duckdb/common/multi_file/multi_file_reader.hpp>
#include <duckdb/common/multi_file/multi_file_states.hpp>
#include <duckdb/function/table_function.hpp>
#include <duckdb/main/extension/extension_loader.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/storage/statistics/node_statistics.hpp>

#include "base/check.h"
#include "columnar/duckdb_type.h"
#include "lake/prune.h"
#include "sql/duckdb_error.h"
#include "sql/lake_filters.h"

namespace sql {
namespace {

constexpr char kFileIndexKey[] = "lake_file";

// What a scan is bound to. Immutable, shared by its lists and readers.
struct BoundTable {
  std::shared_ptr<const LakeTable> table;
  std::shared_ptr<const lake::Snapshot> snapshot;
};

// The files of a snapshot, all or those that survived pruning. Immutable.
class LakeFileList final : public duckdb::MultiFileList {
 public:
  LakeFileList(std::shared_ptr<const BoundTable> bound, std::vector<size_t> files)
      : MultiFileList(duckdb::vector<duckdb::OpenFileInfo>(), duckdb::FileGlobOptions::ALLOW_EMPTY),
        bound_(std::move(bound)),
        files_(std::move(files)) {}

  [[nodiscard]] const std::shared_ptr<const BoundTable>& bound() const { return bound_; }

  duckdb::vector<duckdb::OpenFileInfo> GetAllFiles() override {
    duckdb::vector<duckdb::OpenFileInfo> all;
    for (duckdb::idx_t i = 0; i < files_.size(); ++i) all.push_back(GetFile(i));
    return all;
  }

  duckdb::FileExpandResult GetExpandResult() override {
    if (files_.empty()) return duckdb::FileExpandResult::NO_FILES;
    return files_.size() == 1 ? duckdb::FileExpandResult::SINGLE_FILE
                              : duckdb::FileExpandResult::MULTIPLE_FILES;
  }

  duckdb::idx_t GetTotalFileCount() override { return files_.size(); }

  duckdb::unique_ptr<duckdb::NodeStatistics> GetCardinality(duckdb::ClientContext&) override {
    const auto num_rows = bound_->snapshot->num_rows();
    if (!num_rows.has_value()) return nullptr;
    const size_t all = std::max<size_t>(1, bound_->snapshot->files().size());
    const double share = static_cast<double>(files_.size()) / static_cast<double>(all);
    return duckdb::make_uniq<duckdb::NodeStatistics>(
        static_cast<duckdb::idx_t>(static_cast<double>(*num_rows) * share));
  }

  duckdb::unique_ptr<duckdb::MultiFileList> ComplexFilterPushdown(
      duckdb::ClientContext&, const duckdb::MultiFileOptions&, duckdb::MultiFilePushdownInfo& info,
      duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) override {
    const auto comparisons = ComparisonsOf(info, filters);
    if (comparisons.empty()) return nullptr;
    return Pruned(comparisons, info);
  }

  duckdb::unique_ptr<duckdb::MultiFileList> Copy() override {
    return duckdb::make_uniq<LakeFileList>(bound_, files_);
  }

 protected:
  duckdb::OpenFileInfo GetFile(duckdb::idx_t i) override {
    if (i >= files_.size()) return duckdb::OpenFileInfo("");
    const lake::AddFile& file = bound_->snapshot->files()[files_[i]];
    duckdb::OpenFileInfo info(bound_->table->mount->ReadPathOf(file.path));
    info.extended_info = duckdb::make_shared_ptr<duckdb::ExtendedOpenFileInfo>();
    auto& options = info.extended_info->options;
    options[kFileIndexKey] = duckdb::Value::UBIGINT(files_[i]);
    options["file_size"] = duckdb::Value::UBIGINT(static_cast<uint64_t>(file.size_bytes));
    // Data files never change: what was read once need not be looked at again.
    options["validate_external_file_cache"] = duckdb::Value::BOOLEAN(false);
    return info;
  }

 private:
  // Both lists ascend, and pruning is repeated on what an earlier round left.
  duckdb::unique_ptr<duckdb::MultiFileList> Pruned(const std::vector<lake::Comparison>& comparisons,
                                                   duckdb::MultiFilePushdownInfo& info) {
    const auto matching = lake::PruneFiles(*bound_->snapshot, comparisons);
    std::vector<size_t> kept;
    std::set_intersection(files_.begin(), files_.end(), matching.begin(), matching.end(),
                          std::back_inserter(kept));
    info.extra_info.total_files = bound_->snapshot->files().size();
    info.extra_info.filtered_files = kept.size();
    if (kept.size() == files_.size()) return nullptr;
    return duckdb::make_uniq<LakeFileList>(bound_, std::move(kept));
  }

  std::shared_ptr<const BoundTable> bound_;
  std::vector<size_t> files_;  // indices into the snapshot's files, ascending
};

std::vector<size_t> AllFiles(const lake::Snapshot& snapshot) {
  std::vector<size_t> all(snapshot.files().size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

// A column as the files have it, null where a file lacks it.
duckdb::MultiFileColumnDefinition StoredColumn(const columnar::Field& field) {
  const auto storage = ValueOrThrow(lake::StorageType(field.type, field.name));
  const auto type = ValueOrThrow(columnar::ToDuckDb(storage));
  auto column = duckdb::MultiFileColumnDefinition::CreateFromNameAndType(field.name, type);
  column.identifier = duckdb::Value(field.name);
  column.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(type));
  return column;
}

duckdb::Value PartitionValue(const lake::AddFile& file, const std::string& column,
                             const duckdb::LogicalType& type) {
  const auto found = file.partition_values.find(column);
  if (found == file.partition_values.end() || !found->second.has_value()) {
    return duckdb::Value(type);
  }
  duckdb::Value value(*found->second);
  if (!value.DefaultTryCastAs(type)) {
    ThrowThroughDuckDb(base::Corruption("file " + file.path + " has the partition value '" +
                                        *found->second + "' in column '" + column + "' of type " +
                                        type.ToString()));
  }
  return value;
}

class LakeFileReader final : public duckdb::MultiFileReader {
 public:
  explicit LakeFileReader(std::shared_ptr<LakeTables> tables) : tables_(std::move(tables)) {}

  duckdb::unique_ptr<duckdb::MultiFileReader> Copy() const override {
    auto copy = duckdb::make_uniq<LakeFileReader>(tables_);
    copy->bound_ = bound_;
    return copy;
  }

  // In place of paths there is the one argument of lake_files.
  duckdb::shared_ptr<duckdb::MultiFileList> CreateFileList(duckdb::ClientContext& context,
                                                           const duckdb::vector<std::string>& paths,
                                                           const duckdb::FileGlobInput&) override {
    const LakeFilesArgument argument = ParseLakeFilesArgument(paths.at(0));
    auto bound = std::make_shared<BoundTable>();
    bound->table = tables_->Find(argument.name);
    if (bound->table == nullptr) {
      ThrowThroughDuckDb(base::NotFound("there is no lake table '" + argument.name + "'"));
    }
    bound->snapshot = ValueOrThrow(SnapshotFor(context, *bound->table, argument.as_of));
    bound_ = std::move(bound);
    return duckdb::make_shared_ptr<LakeFileList>(bound_, AllFiles(*bound_->snapshot));
  }

  bool Bind(duckdb::MultiFileOptions&, duckdb::MultiFileList&,
            duckdb::vector<duckdb::LogicalType>& types, duckdb::vector<duckdb::string>& names,
            duckdb::MultiFileReaderBindData& bind_data) override {
    for (const columnar::Field& field : bound_->snapshot->schema().fields) {
      bind_data.schema.push_back(StoredColumn(field));
      names.push_back(field.name);
      types.push_back(bind_data.schema.back().type);
    }
    bind_data.mapping = duckdb::MultiFileColumnMappingMode::BY_NAME;
    return true;
  }

  void FinalizeBind(
      duckdb::MultiFileReaderData& reader_data, const duckdb::MultiFileOptions& file_options,
      const duckdb::MultiFileReaderBindData& options,
      const duckdb::vector<duckdb::MultiFileColumnDefinition>& global_columns,
      const duckdb::vector<duckdb::ColumnIndex>& global_column_ids, duckdb::ClientContext& context,
      duckdb::optional_ptr<duckdb::MultiFileReaderGlobalState> global_state) override {
    MultiFileReader::FinalizeBind(reader_data, file_options, options, global_columns,
                                  global_column_ids, context, global_state);
    const auto& partition_columns = bound_->snapshot->metadata().partition_columns;
    if (partition_columns.empty()) return;
    const auto& file_options_map = reader_data.reader->file.extended_info->options;
    const auto index = file_options_map.at(kFileIndexKey).GetValue<uint64_t>();
    const lake::AddFile& file = bound_->snapshot->files().at(index);
    for (size_t i = 0; i < global_column_ids.size(); ++i) {
      if (global_column_ids[i].IsVirtualColumn()) continue;
      const auto& column = global_columns[global_column_ids[i].GetPrimaryIndex()];
      for (const std::string& name : partition_columns) {
        if (name != column.name) continue;
        reader_data.constant_map.Add(duckdb::MultiFileGlobalIndex(i),
                                     PartitionValue(file, name, column.type));
      }
    }
  }

 private:
  std::shared_ptr<LakeTables> tables_;
  std::shared_ptr<const BoundTable> bound_;
};

duckdb::unique_ptr<duckdb::MultiFileReader> MakeReader(const duckdb::TableFunction& function) {
  return duckdb::make_uniq<LakeFileReader>(function.function_info->Cast<LakeTablesInfo>().tables);
}

// A filter on a struct's member, pushed down to a file that lacks the struct, is an internal error
// of DuckDB 1.4.4 that would take the whole database with it; above the scan it is none.
bool SupportsFiltersOn(const duckdb::FunctionData& bind_data, duckdb::idx_t column) {
  return !bind_data.Cast<duckdb::MultiFileBindData>().types[column].IsNested();
}

std::string NumberText(std::optional<int64_t> number) {
  return number.has_value() ? std::to_string(*number) : "";
}

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t number = 0;
  if (text.empty()) return std::nullopt;
  CHECK(std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc());
  return number;
}

}  // namespace

std::string LakeFilesArgumentText(const LakeFilesArgument& argument) {
  return NumberText(argument.as_of.version) + ":" + NumberText(argument.as_of.unix_ms) + ":" +
         argument.name;
}

LakeFilesArgument ParseLakeFilesArgument(std::string_view text) {
  const size_t first = text.find(':');
  const size_t second = text.find(':', first + 1);
  CHECK(first != std::string_view::npos && second != std::string_view::npos);
  return {std::string(text.substr(second + 1)),
          {ParseNumber(text.substr(0, first)),
           ParseNumber(text.substr(first + 1, second - first - 1))}};
}

void RegisterLakeFiles(duckdb::DatabaseInstance& database, std::shared_ptr<LakeTables> tables) {
  duckdb::ExtensionLoader loader(database, "tributary");
  auto& parquet_scan = loader.GetTableFunction("parquet_scan");
  duckdb::TableFunction function;
  for (const auto& overload : parquet_scan.functions.functions) {
    if (overload.arguments[0] == duckdb::LogicalType::VARCHAR) function = overload;
  }
  function.name = std::string(kLakeFiles);
  function.named_parameters.clear();
  function.function_info = duckdb::make_shared_ptr<LakeTablesInfo>(std::move(tables));
  function.get_multi_file_reader = MakeReader;
  function.supports_pushdown_type = SupportsFiltersOn;
  // These look at the first file, or identify a row by its file's place in a list that pruning
  // changes, or store the plan for later: none of them holds for a snapshot.
  function.statistics = nullptr;
  function.get_row_id_columns = nullptr;
  function.late_materialization = false;
  function.serialize = nullptr;
  function.deserialize = nullptr;
  loader.RegisterFunction(std::move(function));
}

}  // namespace sql
