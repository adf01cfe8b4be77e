// DuckDB's exceptions as our errors, and ours as DuckDB's where a callback of ours runs inside of
// it. The only place that knows how DuckDB words and places its messages. THREAD: any.
#pragma once

#include <string>
#include <utility>

#include <duckdb/common/error_data.hpp>

#include "base/result.h"
#include "sql/engine.h"

namespace sql {

// A SQL text as DuckDB should parse it. DuckDB shrinks exotic spaces (U+00A0 and the like) to one
// byte before it counts, which would shift every later position; here each becomes as many spaces
// as it had bytes, so that positions are those of the text the user wrote.
class QueryText {
 public:
  explicit QueryText(std::string text);
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

base::Error ToError(const duckdb::ErrorData& error);
SqlError ToSqlError(const duckdb::ErrorData& error, const QueryText& query);

// The exception being handled. REQUIRES: called inside of a catch block.
duckdb::ErrorData CurrentException();

// Throws `error` through DuckDB; ToError gives the same error back on the other side.
[[noreturn]] void ThrowThroughDuckDb(const base::Error& error);

// The value, or its error thrown through DuckDB.
template <typename T>
T ValueOrThrow(base::Result<T> result) {
  if (!result.ok()) ThrowThroughDuckDb(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

// Runs `function`, which returns a Result, and turns an exception of DuckDB's into its error.
template <typename Function>
auto Guard(Function&& function) -> decltype(function()) {
  try {
    return function();
  } catch (...) {
    return ToError(CurrentException());
  }
}

}  // namespace sql
