// One write of a query's rows to a lake table: data files first, then the commit.
// Owner; THREAD: one. BLOCKS.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "columnar/type.h"
#include "lake/table.h"
#include "sql/engine.h"
#include "sql/object_file_system.h"
#include "sql/write_plan.h"

namespace sql {

class SqlConnection;

class TableWriter {
 public:
  // All borrowed but `mounts`.
  TableWriter(SqlConnection& connection, std::shared_ptr<Mounts> mounts, lake::Table& table,
              const WriteOptions& options);

  // Writes the rows of `query`, whose columns are `incoming`.
  base::Result<WriteResult> Write(const std::string& query, const columnar::Schema& incoming);

 private:
  struct Written {
    std::vector<lake::AddFile> files;
    int64_t num_rows = 0;
    int64_t num_bytes = 0;
  };

  base::Result<std::shared_ptr<const lake::Snapshot>> LoadOrNull();
  base::Result<std::string> SelectForStorage(const std::string& query, const WritePlan& plan,
                                             const columnar::Schema& incoming) const;
  base::Result<Written> WriteFiles(const std::string& query, const WritePlan& plan,
                                   const columnar::Schema& incoming);
  base::Result<WriteResult> Commit(std::shared_ptr<const lake::Snapshot> snapshot, WritePlan plan,
                                   const Written& written, const columnar::Schema& incoming);
  [[nodiscard]] lake::CommitRequest Request(std::shared_ptr<const lake::Snapshot> snapshot,
                                            const WritePlan& plan, const Written& written) const;
  void DeleteFiles();

  SqlConnection& connection_;
  lake::Table& table_;
  const WriteOptions& options_;
  base::SystemClock clock_;
  std::shared_ptr<Mounts> mounts_;
  std::unique_ptr<Mounts::Mount> mount_;
  bool files_may_be_committed_ = false;
};

}  // namespace sql
