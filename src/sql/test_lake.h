// LakeSqlTest: the ground of the tests of lake tables: an engine and a lake of its own, in memory
// and on disk. Test code; THREAD: that of the test.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/text.h"
#include "env/files.h"
#include "object/faulty_store.h"
#include "object/local_store.h"
#include "object/memory_store.h"
#include "sql/engine.h"

namespace sql {

enum class StoreKind { kMemory, kLocal };

// A millisecond later every time somebody looks, so that no two commits share one.
class TickingClock final : public base::Clock {
 public:
  int64_t NowUnixMs() const override { return ++unix_ms_; }
  int64_t MonotonicMs() const override { return ++unix_ms_; }

 private:
  mutable std::atomic<int64_t> unix_ms_ = base::SystemClock().NowUnixMs();
};

class LakeSqlTest : public testing::TestWithParam<StoreKind> {
 protected:
  LakeSqlTest() : files_(env::NewRealFiles()) {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    root_ = testing::TempDir() + "/lake_sql_" + std::to_string(getpid()) + "_" +
            std::to_string(std::hash<std::string>{}(std::string(info->name())));
    std::filesystem::remove_all(root_);
    if (GetParam() == StoreKind::kMemory) {
      inner_ = std::make_shared<object::MemoryStore>(&clock_);
    } else {
      inner_ = std::make_shared<object::LocalStore>(files_.get(), root_ + "/lake");
    }
    store_ = std::make_shared<object::FaultyStore>(inner_);
    EngineOptions options;
    options.temp_directory = root_ + "/spill";
    options.threads = 2;
    options.memory_bytes_max = uint64_t{512} << 20;
    engine_ = std::move(Engine::Open(options)).value();
    connection_ = std::move(engine_->Connect()).value();
  }
  ~LakeSqlTest() override { std::filesystem::remove_all(root_); }

  std::shared_ptr<lake::Table> NewTable(const std::string& folder) {
    return std::make_shared<lake::Table>(object::Under(store_, folder),
                                         &engine_->checkpoint_files(), &clock_);
  }

  // A registered table of silver's.
  std::shared_ptr<lake::Table> Registered(const std::string& name) {
    auto table = NewTable("silver/" + name);
    const auto result = engine_->RegisterTable("silver", name, table);
    EXPECT_TRUE(result.ok()) << result.error().ToString();
    return table;
  }

  static WriteOptions Overwrite() {
    WriteOptions options;
    options.mode = SaveMode::kOverwrite;
    return options;
  }

  WriteResult Write(lake::Table& table, const std::string& query,
                    const WriteOptions& options = WriteOptions()) {
    const auto result = connection_->WriteTable(table, query, options);
    EXPECT_TRUE(result.ok()) << query << ": " << result.error().ToString();
    return result.ok() ? *result : WriteResult();
  }

  base::Error WriteError(lake::Table& table, const std::string& query,
                         const WriteOptions& options = WriteOptions()) {
    const auto result = connection_->WriteTable(table, query, options);
    EXPECT_FALSE(result.ok()) << query;
    return result.ok() ? base::Internal("no error came") : result.error();
  }

  std::vector<std::string> Text(const std::string& query) { return Text(*connection_, query); }

  static std::vector<std::string> Text(Connection& connection, const std::string& query) {
    auto rows = connection.Query(query);
    EXPECT_TRUE(rows.ok()) << query << ": " << rows.error().ToString();
    std::vector<std::string> lines;
    if (!rows.ok()) return lines;
    std::vector<Rows::TextRow> batch;
    while (true) {
      const auto more = (*rows)->NextText(batch);
      EXPECT_TRUE(more.ok()) << query << ": " << more.error().ToString();
      if (!more.ok() || !*more) return lines;
      for (const auto& row : batch) {
        std::string line;
        for (const auto& cell : row) line += (line.empty() ? "" : "|") + cell.value_or("<null>");
        lines.push_back(line);
      }
    }
  }

  std::vector<std::string> DataKeys(const std::string& folder) {
    std::vector<std::string> keys;
    const auto objects = inner_->List(folder);
    EXPECT_TRUE(objects.ok());
    for (const auto& info : objects.value()) {
      if (info.key.find("_delta_log") == std::string::npos) keys.push_back(info.key);
    }
    return keys;
  }

  TickingClock clock_;
  std::unique_ptr<env::Files> files_;
  std::string root_;
  std::shared_ptr<object::ObjectStore> inner_;
  std::shared_ptr<object::FaultyStore> store_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace sql
