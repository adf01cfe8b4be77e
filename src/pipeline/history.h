// History: the record of the newest runs, in .tributary/history.db (SQLite). It is a convenience:
// a database that cannot be read is set aside with a warning, never a reason not to run. Owner;
// THREAD: any, one call at a time inside.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "env/files.h"
#include "pipeline/run.h"

struct sqlite3;

namespace pipeline {

class History {
 public:
  // Opens or makes the database at `path`. ERRORS: kUnsupported when a newer version wrote it.
  static base::Result<std::unique_ptr<History>> Open(env::Files& files, const base::Clock& clock,
                                                     const std::string& path);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // Keeps the newest base::limits::kRunsKeptMax runs.
  base::Result<void> Add(const RunReport& report);
  base::Result<std::vector<RunReport>> Newest(size_t limit);

 private:
  explicit History(sqlite3* database) : database_(database) {}
  base::Result<void> Execute(const char* sql);
  base::Result<void> Prepare();
  base::Result<void> AddSteps(const RunReport& report);
  base::Result<void> ReadSteps(RunReport& report);

  std::mutex mutex_;
  sqlite3* database_;
};

}  // namespace pipeline
