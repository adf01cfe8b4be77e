// batch_scan(number): a BatchSource as a table function.
#include "sql/batch_scan.h"

#include <algorithm>

#include <duckdb/function/table_function.hpp>
#include <duckdb/main/extension/extension_loader.hpp>

#include "columnar/duckdb_type.h"
#include "sql/duckdb_error.h"

namespace sql {
namespace {

struct ScanInfo final : duckdb::TableFunctionInfo {
  explicit ScanInfo(std::shared_ptr<BatchSources> lent) : sources(std::move(lent)) {}
  std::shared_ptr<BatchSources> sources;
};

struct ScanBindData final : duckdb::TableFunctionData {
  columnar::BatchSource* source = nullptr;
};

struct ScanGlobalState final : duckdb::GlobalTableFunctionState {
  size_t num_streams = 1;
  duckdb::idx_t MaxThreads() const override { return num_streams; }
};

struct ScanLocalState final : duckdb::LocalTableFunctionState {
  std::unique_ptr<columnar::BatchStream> stream;
};

duckdb::unique_ptr<duckdb::FunctionData> Bind(duckdb::ClientContext&,
                                              duckdb::TableFunctionBindInput& input,
                                              duckdb::vector<duckdb::LogicalType>& types,
                                              duckdb::vector<duckdb::string>& names) {
  auto data = duckdb::make_uniq<ScanBindData>();
  const auto number = input.inputs[0].GetValue<int64_t>();
  data->source = input.info->Cast<ScanInfo>().sources->Find(number);
  if (data->source == nullptr) {
    ThrowThroughDuckDb(base::InvalidArgument("batch_scan: there is no such source"));
  }
  for (const columnar::Field& field : data->source->schema().fields) {
    names.push_back(field.name);
    types.push_back(ValueOrThrow(columnar::ToDuckDb(field.type)));
  }
  return data;
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> InitGlobal(
    duckdb::ClientContext&, duckdb::TableFunctionInitInput& input) {
  auto state = duckdb::make_uniq<ScanGlobalState>();
  state->num_streams =
      std::max<size_t>(1, input.bind_data->Cast<ScanBindData>().source->parallelism());
  return state;
}

duckdb::unique_ptr<duckdb::LocalTableFunctionState> InitLocal(duckdb::ExecutionContext&,
                                                              duckdb::TableFunctionInitInput& input,
                                                              duckdb::GlobalTableFunctionState*) {
  auto state = duckdb::make_uniq<ScanLocalState>();
  state->stream = ValueOrThrow(input.bind_data->Cast<ScanBindData>().source->OpenStream());
  return state;
}

// A batch may come out empty though more follow; to DuckDB an empty one is the end.
void Scan(duckdb::ClientContext&, duckdb::TableFunctionInput& input, duckdb::DataChunk& output) {
  auto& stream = input.local_state->Cast<ScanLocalState>().stream;
  while (stream != nullptr) {
    output.Reset();
    if (!ValueOrThrow(stream->Next(output))) {
      output.Reset();
      stream = nullptr;
    } else if (output.size() > 0) {
      return;
    }
  }
}

}  // namespace

BatchSources::Lease::Lease(std::shared_ptr<BatchSources> sources, columnar::BatchSource& source)
    : sources_(std::move(sources)) {
  const std::lock_guard lock(sources_->mutex_);
  number_ = sources_->next_number_++;
  sources_->sources_[number_] = &source;
}

BatchSources::Lease::~Lease() {
  const std::lock_guard lock(sources_->mutex_);
  sources_->sources_.erase(number_);
}

std::string BatchSources::Lease::Query() const {
  return "SELECT * FROM batch_scan(" + std::to_string(number_) + ")";
}

columnar::BatchSource* BatchSources::Find(int64_t number) const {
  const std::lock_guard lock(mutex_);
  const auto found = sources_.find(number);
  return found == sources_.end() ? nullptr : found->second;
}

void RegisterBatchScan(duckdb::DatabaseInstance& database, std::shared_ptr<BatchSources> sources) {
  duckdb::TableFunction function("batch_scan", {duckdb::LogicalType::BIGINT}, Scan, Bind,
                                 InitGlobal, InitLocal);
  function.function_info = duckdb::make_shared_ptr<ScanInfo>(std::move(sources));
  duckdb::ExtensionLoader loader(database, "tributary");
  loader.RegisterFunction(std::move(function));
}

}  // namespace sql
