// Load and Replay against real lake tables: every line is in one table or the other, once, whatever
// happens on the way.
#include "connect/files/load.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "connect/files/load_state.h"
#include "object/faulty_store.h"
#include "object/memory_store.h"

namespace connect::files {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* kSchema = R"({"type": "record", "name": "R", "fields": [
  {"name": "id", "type": "long"},
  {"name": "title", "type": ["null", "string"], "default": null}
]})";

std::string Gzip(const std::string& text) {
  std::string out(text.size() + 1024, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string Good(int64_t id) {
  return "{\"id\": " + std::to_string(id) + ", \"title\": \"t" + std::to_string(id) + "\"}";
}

class LoadTest : public testing::Test {
 protected:
  LoadTest() : files_(env::NewRealFiles()) {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    root_ = testing::TempDir() + "/load_" + std::to_string(getpid()) + "_" + info->name();
    std::filesystem::remove_all(root_);
    sql::EngineOptions options;
    options.temp_directory = root_ + "/spill";
    options.threads = 3;
    options.memory_bytes_max = uint64_t{1} << 30;
    engine_ = sql::Engine::Open(options).value();
    connection_ = engine_->Connect().value();
    options_.source = "src";
    options_.project_root = root_;
    options_.patterns = {"data/*"};
    options_.schema_file = "schemas/src.avsc";
    options_.rejected_name = "bronze.t__rejected";
    UseLake("lake");
  }
  ~LoadTest() override { std::filesystem::remove_all(root_); }

  // Tables in a lake of their own, behind a store that can fail.
  void UseLake(const std::string& name) {
    std::shared_ptr<object::ObjectStore>& lake = lakes_[name];
    if (lake == nullptr) lake = std::make_shared<object::MemoryStore>(&clock_);
    store_ = std::make_shared<object::FaultyStore>(lake);
    Reopen();
  }
  void Reopen() {
    const auto open = [this](const std::string& name) {
      auto table = std::make_shared<lake::Table>(object::Under(store_, "bronze/" + name),
                                                 &engine_->checkpoint_files(), &clock_);
      EXPECT_TRUE(engine_->RegisterTable("bronze", name, table).ok());
      return table;
    };
    table_ = open("t");
    rejected_ = open("t__rejected");
  }

  void Write(const std::string& path, const std::string& bytes) {
    const std::string whole = root_ + "/" + path;
    std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
    ASSERT_TRUE(env::WriteWhole(*files_, whole, bytes).ok());
  }

  base::Result<LoadReport> TryLoad() {
    return Load(*files_, *connection_, *table_, *rejected_, options_, stop_.get_token());
  }
  LoadReport MustLoad() {
    auto report = TryLoad();
    EXPECT_TRUE(report.ok()) << report.error().ToString();
    return report.ok() ? *report : LoadReport();
  }
  LoadReport MustReplay() {
    auto report = Replay(*files_, *connection_, *table_, *rejected_, options_, stop_.get_token());
    EXPECT_TRUE(report.ok()) << report.error().ToString();
    return report.ok() ? *report : LoadReport();
  }

  std::vector<std::string> Query(const std::string& sql) {
    std::vector<std::string> rows;
    auto result = connection_->Query(sql);
    EXPECT_TRUE(result.ok()) << result.error().ToString();
    if (!result.ok()) return rows;
    std::vector<sql::Rows::TextRow> texts;
    while ((*result)->NextText(texts).value()) {
      for (const sql::Rows::TextRow& row : texts) {
        std::string text;
        for (size_t i = 0; i < row.size(); ++i)
          text += (i > 0 ? "|" : "") + row[i].value_or("NULL");
        rows.push_back(std::move(text));
      }
      texts.clear();
    }
    return rows;
  }
  std::vector<std::string> Table() { return Query("SELECT * FROM bronze.t ORDER BY ALL"); }
  std::vector<std::string> Rejected() {
    return Query(
        "SELECT file, line, byte_offset, kind, record FROM bronze.t__rejected "
        "ORDER BY file, line");
  }
  std::string Count(const std::string& relation) {
    return Query("SELECT count(*) FROM " + relation).at(0);
  }

  base::SystemClock clock_;
  std::unique_ptr<env::Files> files_;
  std::string root_;
  std::unique_ptr<sql::Engine> engine_;
  std::unique_ptr<sql::Connection> connection_;
  std::map<std::string, std::shared_ptr<object::ObjectStore>> lakes_;
  std::shared_ptr<object::FaultyStore> store_;
  std::shared_ptr<lake::Table> table_, rejected_;
  LoadOptions options_;
  std::stop_source stop_;
};

TEST_F(LoadTest, GoodLinesAreRowsAndBadOnesAreSetAsideWhole) {
  Write("schemas/src.avsc", kSchema);
  Write("data/a.jsonl", "\xEF\xBB\xBF" + Good(1) + "\r\n\n{\"id\": 3.7}\r\n  \n" + Good(2) +
                            "\nnot json\n{\"id\": 5, \"title\": \"\xff\"}\n" + Good(3));
  const LoadReport report = MustLoad();
  EXPECT_EQ(report.files_loaded, 1);
  EXPECT_EQ(report.rows, 3);
  EXPECT_EQ(report.rejected, 3);
  EXPECT_EQ(report.blank_lines, 2);
  EXPECT_THAT(report.rejected_by_kind,
              ElementsAre(Pair("invalid UTF-8", 1), Pair("malformed", 1), Pair("out of range", 1)));
  EXPECT_FALSE(report.schema_inferred);
  EXPECT_THAT(report.warnings, IsEmpty());
  EXPECT_THAT(Table(), ElementsAre("1|t1", "2|t2", "3|t3"));
  EXPECT_THAT(Rejected(), ElementsAre("data/a.jsonl|3|30|out of range|{\"id\": 3.7}",
                                      "data/a.jsonl|6|71|malformed|not json",
                                      "data/a.jsonl|7|80|invalid UTF-8|NULL"));
  EXPECT_THAT(Query("SELECT field, reason, hex(record_bytes), loaded_at > TIMESTAMPTZ '2024-01-01' "
                    "FROM bronze.t__rejected ORDER BY line"),
              ElementsAre("id|id: the number 3.7 fits a long only by rounding|NULL|true",
                          "NULL|not JSON at byte 0: expected a value, found 'not'|NULL|true",
                          "NULL|not UTF-8|7B226964223A20352C20227469746C65223A2022FF227D|true"));
}

TEST_F(LoadTest, EachFileIsLoadedOnceWhateverItsCompression) {
  Write("schemas/src.avsc", kSchema);
  Write("data/a.jsonl", Good(1) + "\n");
  Write("data/b.jsonl.gz", Gzip(Good(2) + "\nbad\n") + Gzip(Good(3)));
  EXPECT_EQ(MustLoad().files_loaded, 2);
  const LoadReport again = MustLoad();
  EXPECT_EQ(again.files_loaded, 0);
  EXPECT_EQ(again.files_known, 2);
  EXPECT_EQ(again.rows + again.rejected, 0);
  EXPECT_EQ(table_->Load().value()->version().get(), 0);

  Reopen();  // another process
  Write("data/c.jsonl.zst", Zstd(Good(4) + "\nworse\n") + Zstd(Good(5) + "\n"));
  const LoadReport third = MustLoad();
  EXPECT_EQ(third.files_loaded, 1);
  EXPECT_EQ(third.rows, 2);
  EXPECT_EQ(third.rejected, 1);
  EXPECT_THAT(Table(), ElementsAre("1|t1", "2|t2", "3|t3", "4|t4", "5|t5"));
  EXPECT_THAT(Rejected(), ElementsAre("data/b.jsonl.gz|2|25|malformed|bad",
                                      "data/c.jsonl.zst|2|25|malformed|worse"));
}

TEST_F(LoadTest, AChangedFileIsToldAndLoadedByAFullRefresh) {
  Write("schemas/src.avsc", kSchema);
  Write("data/a.jsonl", Good(1) + "\nbad\n");
  MustLoad();
  Write("data/a.jsonl", Good(1) + "\nbad\n" + Good(2) + "\n");
  Write("data/b.jsonl", Good(7) + "\n");
  const LoadReport report = MustLoad();
  EXPECT_EQ(report.files_loaded, 1);
  EXPECT_THAT(report.warnings,
              ElementsAre(testing::StartsWith("data/a.jsonl changed since it was loaded;")));
  EXPECT_THAT(Table(), ElementsAre("1|t1", "7|t7"));

  options_.full_refresh = true;
  EXPECT_EQ(MustLoad().files_loaded, 2);
  options_.full_refresh = false;
  EXPECT_THAT(Table(), ElementsAre("1|t1", "2|t2", "7|t7"));
  EXPECT_EQ(Count("bronze.t__rejected"), "1");
  Write("data/c.jsonl", Good(8) + "\n");
  EXPECT_EQ(MustLoad().files_loaded, 1);
  // The content of before is not known any more: it counts as a change again.
  EXPECT_THAT(MustLoad().warnings, IsEmpty());
  Write("data/a.jsonl", Good(1) + "\nbad\n");
  EXPECT_EQ(MustLoad().warnings.size(), 1U);
  EXPECT_THAT(Table(), ElementsAre("1|t1", "2|t2", "7|t7", "8|t8"));
}

TEST_F(LoadTest, LargeFilesAreReadInPartsAndTheirLinesAreCountedRight) {
  Write("schemas/src.avsc", kSchema);
  std::string text;
  std::vector<std::string> bad;
  int64_t line = 0;
  int64_t rows = 0;
  const std::string filler(900, 'x');
  while (text.size() < base::limits::kFileRangeBytes * 5 / 2) {
    ++line;
    if (line % 5000 == 0) {
      bad.push_back("data/a.jsonl|" + std::to_string(line) + "|" + std::to_string(text.size()) +
                    "|malformed|bad " + std::to_string(line));
      text += "bad " + std::to_string(line) + "\n";
    } else if (line % 777 == 0) {
      text += "\r\n";
    } else {
      ++rows;
      text += "{\"id\": " + std::to_string(line) + ", \"title\": \"" + filler + "\"}\n";
    }
  }
  Write("data/a.jsonl", text);
  const LoadReport report = MustLoad();
  EXPECT_EQ(report.rows, rows);
  EXPECT_EQ(report.rows + report.rejected + report.blank_lines, line);
  EXPECT_EQ(Query("SELECT count(*), count(DISTINCT id), sum(length(title)) FROM bronze.t").at(0),
            std::to_string(rows) + "|" + std::to_string(rows) + "|" + std::to_string(rows * 900));
  EXPECT_EQ(Rejected(), bad);
}

TEST_F(LoadTest, MoreRejectsThanMemoryHoldsAreReadAgain) {
  Write("schemas/src.avsc", kSchema);
  const std::string filler(size_t{1} << 20, 'y');
  std::string text;
  const size_t count = base::limits::kRejectBufferBytesMax / filler.size() + 6;
  for (size_t i = 0; i < count; ++i)
    text += Good(static_cast<int64_t>(i)) + "\n{\"id\": \"" + filler + "\"}\n";
  Write("data/a.jsonl", text);
  const LoadReport report = MustLoad();
  EXPECT_EQ(report.rows, static_cast<int64_t>(count));
  EXPECT_EQ(report.rejected, static_cast<int64_t>(count));
  EXPECT_EQ(
      Query("SELECT count(*), min(line), max(line), count(DISTINCT line), min(length(record)) "
            "FROM bronze.t__rejected")
          .at(0),
      std::to_string(count) + "|2|" + std::to_string(2 * count) + "|" + std::to_string(count) +
          "|" + std::to_string(filler.size() + 10));
}

TEST_F(LoadTest, ManyFilesAreFewCommits) {
  Write("schemas/src.avsc", kSchema);
  for (int i = 0; i < 70; ++i) Write("data/f" + std::to_string(i) + ".jsonl", Good(i) + "\nbad\n");
  const LoadReport report = MustLoad();
  EXPECT_EQ(report.files_loaded, 70);
  EXPECT_EQ(Count("bronze.t"), "70");
  EXPECT_EQ(Count("bronze.t__rejected"), "70");
  EXPECT_EQ(table_->Load().value()->version().get(), 1);
  EXPECT_EQ(rejected_->Load().value()->version().get(), 1);
}

TEST_F(LoadTest, ASchemaIsInferredAndWrittenForReview) {
  Write("data/a.jsonl", Good(1) + "\n" + R"({"id": 2, "price": 1.5, "tags": ["x"]})" + "\n");
  const auto before = SourceColumns(*files_, options_);
  ASSERT_TRUE(before.ok()) << before.error().ToString();
  EXPECT_FALSE(std::filesystem::exists(root_ + "/schemas/src.avsc"));
  EXPECT_TRUE(MustLoad().schema_inferred);
  EXPECT_EQ(env::ReadWhole(*files_, root_ + "/schemas/src.avsc", 10'000).value(), R"({
  "type": "record",
  "name": "src",
  "fields": [
    {"name": "id", "type": "long"},
    {"name": "title", "type": ["null", "string"], "default": null},
    {"name": "price", "type": ["null", "double"], "default": null},
    {"name": "tags", "type": ["null", {"type": "array", "items": "string"}], "default": null}
  ]
}
)");
  EXPECT_EQ(SourceColumns(*files_, options_).value(), *before);
  EXPECT_THAT(Table(), ElementsAre("1|t1|NULL|NULL", "2|NULL|1.5|[x]"));
  EXPECT_FALSE(MustLoad().schema_inferred);
}

TEST_F(LoadTest, CsvRecordsFollowTheHeaderOfTheirFile) {
  Write("schemas/src.avsc", kSchema);
  Write("data/a.csv", "title,id\n\"two\nlines\",1\nx,2.5\n\n,3\n");
  Write("data/b.csv.gz", Gzip("id,other,title\n4,z,four\n5,z\n"));
  Write("data/c.tsv", "id\ttitle\n6\ta,b\n");
  const LoadReport report = MustLoad();
  EXPECT_EQ(report.rows, 4);
  EXPECT_EQ(report.rejected, 2);
  EXPECT_EQ(report.blank_lines, 1);
  EXPECT_THAT(Table(), ElementsAre("1|two\nlines", "3|NULL", "4|four", "6|a,b"));
  EXPECT_THAT(Rejected(), ElementsAre("data/a.csv|4|23|out of range|x,2.5",
                                      "data/b.csv.gz|3|24|malformed|5,z"));
}

TEST_F(LoadTest, ParquetFilesAreHeldAgainstTheSchema) {
  std::filesystem::create_directories(root_ + "/data");
  const auto copy = [this](const std::string& select, const std::string& name) {
    ASSERT_TRUE(
        connection_->Execute("COPY (" + select + ") TO '" + root_ + "/data/" + name + "'").ok());
  };
  copy("SELECT 1::INTEGER AS id, 'one' AS title", "a.parquet");
  Write("schemas/src.avsc", kSchema);
  EXPECT_EQ(MustLoad().rows, 1);
  copy("SELECT 'x' AS other, 2::BIGINT AS id", "b.parquet");
  EXPECT_EQ(MustLoad().rows, 1);
  EXPECT_THAT(Table(), ElementsAre("1|one", "2|NULL"));
  copy("SELECT 'x' AS id", "c.parquet");
  EXPECT_EQ(TryLoad().error().message(),
            "data/c.parquet: the column 'id' is VARCHAR, the schema has BIGINT");
  copy("SELECT NULL::BIGINT AS id", "c.parquet");
  EXPECT_EQ(TryLoad().error().message(), "data/c.parquet: the required column 'id' holds nulls");
  copy("SELECT 5 AS title", "c.parquet");
  EXPECT_EQ(TryLoad().error().message(), "data/c.parquet: the required column 'id' is not there");
  std::filesystem::remove(root_ + "/data/c.parquet");
  EXPECT_EQ(MustLoad().files_known, 2);
}

TEST_F(LoadTest, ParquetBringsItsSchema) {
  std::filesystem::create_directories(root_ + "/data");
  ASSERT_TRUE(
      connection_
          ->Execute("COPY (SELECT 1::BIGINT AS id, {'a': [1.5::DECIMAL(9,2)]} AS \"s t\") TO '" +
                    root_ + "/data/a.parquet'")
          .ok());
  const LoadReport report = MustLoad();
  EXPECT_TRUE(report.schema_inferred);
  EXPECT_THAT(Table(), ElementsAre("1|{'a': [1.50]}"));
  EXPECT_EQ(SourceColumns(*files_, options_).value().fields[1].name, "s_t");
}

TEST_F(LoadTest, FaultsOfFilesAndSchemasAreToldAndLoadNothing) {
  EXPECT_EQ(TryLoad().error().code(), base::Code::kNotFound);
  Write("data/a.jsonl.gz", Gzip(Good(1)).substr(0, 25));
  Write("schemas/src.avsc", "{\n \"type\": \"recrd\"}");
  EXPECT_THAT(TryLoad().error().message(), testing::StartsWith("schemas/src.avsc:2:10: "));
  Write("schemas/src.avsc", kSchema);
  EXPECT_EQ(TryLoad().error().code(), base::Code::kCorruption);
  EXPECT_EQ(TryLoad().error().message(), "data/a.jsonl.gz: gzip data cut off at byte 25");
  EXPECT_EQ(table_->Load().error().code(), base::Code::kNotFound);
  Write("data/a.jsonl.gz", Gzip(Good(1)));
  Write("data/b.csv", "id\n1\n");
  EXPECT_EQ(TryLoad().error().message(),
            "'data/a.jsonl.gz' and 'data/b.csv' are of different formats");
  std::filesystem::remove(root_ + "/data/b.csv");
  stop_.request_stop();
  EXPECT_EQ(TryLoad().error().code(), base::Code::kCancelled);
  stop_ = std::stop_source();
  EXPECT_EQ(MustLoad().rows, 1);
}

TEST_F(LoadTest, ReplayMovesWhatFitsAfterAFixAndNothingElse) {
  Write("schemas/src.avsc", kSchema);
  Write("data/a.jsonl", Good(1) + "\n{\"id\": 2.5}\nbad\n{\"id\": 3, \"title\": \"\xff\"}\n");
  MustLoad();
  EXPECT_EQ(MustReplay().rows, 0);
  EXPECT_EQ(Count("bronze.t__rejected"), "3");
  // A later file brings the table the wider type's column; here the schema takes texts for ids.
  Write("schemas/src.avsc", R"({"type": "record", "name": "R", "fields": [
      {"name": "id", "type": "long", "json": {"path": ["n"]}, "default": 9},
      {"name": "title", "type": ["null", "string"], "default": null}]})");
  const LoadReport report = MustReplay();
  EXPECT_EQ(report.rows, 1);
  EXPECT_EQ(report.rejected, 2);
  EXPECT_THAT(Table(), ElementsAre("1|t1", "9|NULL"));
  EXPECT_THAT(Query("SELECT line FROM bronze.t__rejected ORDER BY line"), ElementsAre("3", "4"));
  EXPECT_EQ(MustReplay().rows, 0);
  EXPECT_EQ(MustLoad().files_known, 1);
}

// Runs `work` with the N-th request to the lake failing, for every N and every fault, and then what
// a person does next; the end must be the undisturbed one.
class FaultTest : public LoadTest {
 protected:
  FaultTest() { base::SetLogLevel(base::LogLevel::kError); }  // a killed writer leaves warnings
  ~FaultTest() override { base::SetLogLevel(base::LogLevel::kWarn); }

  void ForEveryRequest(const std::function<void()>& prepare,
                       const std::function<void(bool faulty)>& work) {
    UseLake("undisturbed");
    prepare();
    work(false);
    const std::vector<std::string> table = Table();
    const std::vector<std::string> rejected = Rejected();
    for (const object::StoreFault fault :
         {object::StoreFault::kDieBefore, object::StoreFault::kDieAfter,
          object::StoreFault::kAfter}) {
      bool failed = true;
      for (int64_t request = 1; failed; ++request) {
        ASSERT_LT(request, 500);
        const std::string lake =
            "lake_" + std::to_string(static_cast<int>(fault)) + "_" + std::to_string(request);
        UseLake(lake);
        prepare();
        store_->FailRequest(request, fault);
        work(true);
        failed = store_->failed();
        UseLake(lake);  // the next process
        work(false);
        ASSERT_EQ(Table(), table) << "request " << request;
        ASSERT_EQ(Rejected(), rejected) << "request " << request;
        lakes_.erase(lake);
      }
    }
  }
};

TEST_F(LoadTest, AnEditedSchemaFileChangesTheTable) {
  Write("schemas/src.avsc", kSchema);
  Write("data/a.jsonl", Good(1) + "\n{\"id\": null, \"title\": \"t\"}\n");
  const LoadReport before = MustLoad();
  EXPECT_EQ(before.rows, 1);
  EXPECT_EQ(before.rejected, 1);

  // A required field may be null from now on, and there is one more.
  Write("schemas/src.avsc", R"({"type": "record", "name": "R", "fields": [
    {"name": "id", "type": ["null", "long"], "default": null},
    {"name": "title", "type": ["null", "string"], "default": null},
    {"name": "stars", "type": ["null", "int"], "default": null}
  ]})");
  EXPECT_EQ(MustReplay().rows, 1);
  Write("data/b.jsonl", "{\"id\": 2, \"stars\": 5}\n");
  EXPECT_EQ(MustLoad().rows, 1);
  ASSERT_TRUE(engine_->RegisterTable("bronze", "t", table_).ok());
  EXPECT_THAT(Table(), ElementsAre("1|t1|NULL", "2|NULL|5", "NULL|t|NULL"));
  EXPECT_EQ(Count("bronze.t__rejected"), "0");
}

TEST_F(FaultTest, ALoadEndsTheSameWhereverItWasCutOff) {
  Write("schemas/src.avsc", kSchema);
  Write("data/a.jsonl", Good(1) + "\nbad\n" + Good(2) + "\n");
  Write("data/b.jsonl.gz", Gzip(Good(3) + "\nworse\n"));
  ForEveryRequest([] {},
                  [this](bool faulty) {
                    if (faulty) {
                      static_cast<void>(TryLoad().ok());
                    } else {
                      MustLoad();
                    }
                  });
}

TEST_F(FaultTest, AFullRefreshEndsTheSameWhereverItWasCutOff) {
  Write("schemas/src.avsc", kSchema);
  using State = std::pair<std::vector<std::string>, std::vector<std::string>>;
  std::optional<State> before;
  std::optional<State> after;
  ForEveryRequest(
      [&] {
        Write("data/a.jsonl", Good(1) + "\nbad\n");
        MustLoad();
        if (!before.has_value()) before = State(Table(), Rejected());
        Write("data/a.jsonl", Good(2) + "\nworse\nworst\n");
      },
      [&](bool faulty) {
        options_.full_refresh = faulty;
        if (faulty) {
          static_cast<void>(TryLoad().ok());
          return;
        }
        // An ordinary load finishes the refresh in both tables, or finds it begun in neither.
        MustLoad();
        const State found(Table(), Rejected());
        if (after.has_value()) {
          EXPECT_TRUE(found == *before || found == *after);
        }
        options_.full_refresh = true;
        MustLoad();
        options_.full_refresh = false;
        if (!after.has_value()) after = State(Table(), Rejected());
      });
}

TEST_F(FaultTest, AReplayEndsTheSameWhereverItWasCutOff) {
  Write("data/a.jsonl", Good(1) + "\n{\"n\": 2}\nbad\n{\"n\": 4}\n");
  ForEveryRequest(
      [this] {
        Write("schemas/src.avsc", kSchema);
        MustLoad();
        Write("schemas/src.avsc", R"({"type": "record", "name": "R", "fields": [
            {"name": "id", "type": "long", "aliases": ["n"]},
            {"name": "title", "type": ["null", "string"], "default": null}]})");
      },
      [this](bool faulty) {
        if (faulty) {
          static_cast<void>(
              Replay(*files_, *connection_, *table_, *rejected_, options_, stop_.get_token()).ok());
          return;
        }
        MustLoad();  // finishes an interrupted replay, too
        MustReplay();
      });
}

}  // namespace
}  // namespace connect::files
