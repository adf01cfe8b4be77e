// LakeView: Delta tables read by plain DuckDB from their logs and Parquet files, without a line of
// the lake or sql rooms: what a test believes when it asks what a table holds. Owner; THREAD: one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace duckdb {
class Connection;
class DuckDB;
}  // namespace duckdb

namespace referee {

class LakeView {
 public:
  LakeView();
  ~LakeView();
  LakeView(const LakeView&) = delete;
  LakeView& operator=(const LakeView&) = delete;

  // The Parquet files of the table's newest version, by its log alone (which must be whole: no
  // commit cleaned away). Empty when the table has no log.
  std::vector<std::string> LiveFiles(const std::string& table_folder);

  // Makes `name` the rows of the table; false, and nothing made, when it has no file.
  bool Attach(const std::string& name, const std::string& table_folder);

  // Aborts the test with DuckDB's message when the SQL fails.
  void Execute(const std::string& sql);
  // Rows with their cells joined by '|'.
  std::vector<std::string> Query(const std::string& sql);
  int64_t Number(const std::string& sql);  // the one cell of the one row

  // Rows that are in one relation and not in the other, duplicates counted: at most `rows_max` of
  // each side, as text; empty when both are equal. `a` and `b` follow FROM or stand in brackets.
  std::vector<std::string> Differences(const std::string& a, const std::string& b,
                                       int rows_max = 5);

 private:
  std::unique_ptr<duckdb::DuckDB> database_;
  std::unique_ptr<duckdb::Connection> connection_;
};

}  // namespace referee
