// uuid_v5(namespace, name) and uuid_v7(unix_ms, name): ids that repeat for the same input.
// Called by DuckDB's worker threads, a vector at a time.
#include <string_view>

#include <duckdb/common/types/uuid.hpp>
#include <duckdb/common/vector_operations/binary_executor.hpp>
#include <duckdb/function/scalar_function.hpp>
#include <duckdb/main/extension/extension_loader.hpp>

#include "base/uuid.h"
#include "sql/database.h"
#include "sql/duckdb_error.h"

namespace sql {
namespace {

using duckdb::hugeint_t;
using duckdb::LogicalType;
using duckdb::string_t;

constexpr uint64_t kSignBit = uint64_t{1} << 63;  // DuckDB flips it so that UUIDs sort as bytes do

hugeint_t ToDuckDb(const base::Uuid& uuid) {
  uint64_t upper = 0, lower = 0;
  for (size_t i = 0; i < 8; ++i) {
    upper = upper << 8 | uuid.bytes()[i];
    lower = lower << 8 | uuid.bytes()[i + 8];
  }
  return {static_cast<int64_t>(upper ^ kSignBit), lower};
}

base::Uuid FromDuckDb(hugeint_t value) {
  base::Uuid::Bytes bytes{};
  const uint64_t upper = static_cast<uint64_t>(value.upper) ^ kSignBit;
  for (size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<uint8_t>(upper >> (56 - 8 * i));
    bytes[i + 8] = static_cast<uint8_t>(value.lower >> (56 - 8 * i));
  }
  return base::Uuid(bytes);
}

std::string_view View(const string_t& text) { return {text.GetData(), text.GetSize()}; }

base::Uuid ParseNamespace(const string_t& text) {
  const auto parsed = base::Uuid::Parse(View(text));
  if (!parsed.has_value()) {
    ThrowThroughDuckDb(
        base::InvalidArgument("uuid_v5: the namespace '" + text.GetString() + "' is not a UUID"));
  }
  return *parsed;
}

void UuidV5(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::BinaryExecutor::Execute<hugeint_t, string_t, hugeint_t>(
      arguments.data[0], arguments.data[1], result, arguments.size(),
      [](hugeint_t name_space, string_t name) {
        return ToDuckDb(base::Uuid::V5(FromDuckDb(name_space), View(name)));
      });
}

void UuidV5FromText(duckdb::DataChunk& arguments, duckdb::ExpressionState&,
                    duckdb::Vector& result) {
  duckdb::BinaryExecutor::Execute<string_t, string_t, hugeint_t>(
      arguments.data[0], arguments.data[1], result, arguments.size(),
      [](string_t name_space, string_t name) {
        return ToDuckDb(base::Uuid::V5(ParseNamespace(name_space), View(name)));
      });
}

void UuidV7(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::BinaryExecutor::Execute<int64_t, string_t, hugeint_t>(
      arguments.data[0], arguments.data[1], result, arguments.size(),
      [](int64_t unix_ms, string_t name) {
        if (unix_ms < 0 || unix_ms >= int64_t{1} << 48) {
          ThrowThroughDuckDb(base::InvalidArgument(
              "uuid_v7: the time " + std::to_string(unix_ms) + " ms is out of range",
              "A UUIDv7 holds milliseconds from 1970 to the year 10889."));
        }
        return ToDuckDb(base::Uuid::V7Named(unix_ms, View(name)));
      });
}

duckdb::ScalarFunction Function(const char* name, duckdb::vector<LogicalType> arguments,
                                duckdb::scalar_function_t function) {
  duckdb::ScalarFunction scalar(name, std::move(arguments), LogicalType::UUID, std::move(function));
  duckdb::BaseScalarFunction::SetReturnsError(scalar);
  return scalar;
}

}  // namespace

void RegisterUuidFunctions(duckdb::DatabaseInstance& database) {
  duckdb::ExtensionLoader loader(database, "tributary");
  duckdb::ScalarFunctionSet v5("uuid_v5");
  v5.AddFunction(Function("uuid_v5", {LogicalType::UUID, LogicalType::VARCHAR}, UuidV5));
  v5.AddFunction(Function("uuid_v5", {LogicalType::VARCHAR, LogicalType::VARCHAR}, UuidV5FromText));
  loader.RegisterFunction(std::move(v5));
  loader.RegisterFunction(Function("uuid_v7", {LogicalType::BIGINT, LogicalType::VARCHAR}, UuidV7));
}

}  // namespace sql
