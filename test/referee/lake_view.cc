#include "referee/lake_view.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <duckdb.hpp>

#include "base/text.h"

namespace referee {

LakeView::LakeView()
    : database_(std::make_unique<duckdb::DuckDB>(nullptr)),
      connection_(std::make_unique<duckdb::Connection>(*database_)) {
  Execute("SET TimeZone = 'UTC'; SET threads = 2");
}

LakeView::~LakeView() = default;

std::vector<std::string> LakeView::LiveFiles(const std::string& table_folder) {
  if (!std::filesystem::is_directory(table_folder + "/_delta_log")) return {};
  const std::string log = base::QuoteLiteral(table_folder + "/_delta_log/*.json");
  // The last word about a path decides whether the file is part of the table.
  const auto paths = Query(
      "SELECT path FROM (SELECT coalesce(json->>'$.add.path', json->>'$.remove.path') AS path, "
      "(json->'$.add') IS NOT NULL AS added, parse_filename(filename) AS version FROM "
      "read_json_objects(" +
      log +
      ", format = 'newline_delimited', filename = true)) WHERE path IS NOT NULL "
      "GROUP BY path HAVING arg_max(added, version) ORDER BY path");
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    files.push_back(table_folder + "/" +
                    Query("SELECT url_decode(" + base::QuoteLiteral(path) + ")").front());
  }
  return files;
}

bool LakeView::Attach(const std::string& name, const std::string& table_folder) {
  std::vector<std::string> files = LiveFiles(table_folder);
  if (files.empty()) return false;
  for (std::string& file : files) file = base::QuoteLiteral(file);
  Execute("CREATE OR REPLACE VIEW " + name + " AS FROM read_parquet([" + base::Join(files, ", ") +
          "], union_by_name = true, hive_partitioning = false)");
  return true;
}

void LakeView::Execute(const std::string& sql) {
  const auto result = connection_->Query(sql);
  if (!result->HasError()) return;
  fprintf(stderr, "%s\nin: %s\n", result->GetError().c_str(), sql.substr(0, 2000).c_str());
  abort();
}

std::vector<std::string> LakeView::Query(const std::string& sql) {
  const auto result = connection_->Query(sql);
  if (result->HasError()) {
    fprintf(stderr, "%s\nin: %s\n", result->GetError().c_str(), sql.c_str());
    abort();
  }
  std::vector<std::string> rows;
  for (duckdb::idx_t row = 0; row < result->RowCount(); ++row) {
    std::string line;
    for (duckdb::idx_t column = 0; column < result->ColumnCount(); ++column) {
      line += (column > 0 ? "|" : "") + result->GetValue(column, row).ToString();
    }
    rows.push_back(std::move(line));
  }
  return rows;
}

int64_t LakeView::Number(const std::string& sql) { return std::stoll(Query(sql).at(0)); }

std::vector<std::string> LakeView::Differences(const std::string& a, const std::string& b,
                                               int rows_max) {
  std::vector<std::string> differences;
  for (const bool forward : {true, false}) {
    const std::string& left = forward ? a : b;
    const std::string& right = forward ? b : a;
    for (const std::string& row : Query("FROM (FROM " + left + " EXCEPT ALL FROM " + right +
                                        ") ORDER BY ALL LIMIT " + std::to_string(rows_max))) {
      differences.push_back("only in " + left + ": " + row);
    }
  }
  return differences;
}

}  // namespace referee
