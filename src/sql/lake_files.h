// lake_files('version:unix_ms:schema.name'): the stored columns of a snapshot's files. Internal;
// lake_scan is written in terms of it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <duckdb/function/function.hpp>
#include <duckdb/main/database.hpp>

#include "sql/lake_tables.h"

namespace sql {

inline constexpr std::string_view kLakeFiles = "lake_files";

// What our table functions carry to find tables by.
struct LakeTablesInfo final : duckdb::TableFunctionInfo {
  explicit LakeTablesInfo(std::shared_ptr<LakeTables> known) : tables(std::move(known)) {}
  std::shared_ptr<LakeTables> tables;
};

struct LakeFilesArgument {
  std::string name;  // schema.name
  AsOf as_of;
};
[[nodiscard]] std::string LakeFilesArgumentText(const LakeFilesArgument& argument);
[[nodiscard]] LakeFilesArgument ParseLakeFilesArgument(std::string_view text);

void RegisterLakeFiles(duckdb::DatabaseInstance& database, std::shared_ptr<LakeTables> tables);

}  // namespace sql
