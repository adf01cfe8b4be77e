// Lake tables written through SQL: whole or not at all, whoever else writes meanwhile.
#include <algorithm>
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "columnar/column_writer.h"
#include "sql/test_lake.h"

namespace sql {
namespace {

using columnar::TypeId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LakeWriteTest : public LakeSqlTest {};

INSTANTIATE_TEST_SUITE_P(Stores, LakeWriteTest,
                         testing::Values(StoreKind::kMemory, StoreKind::kLocal),
                         [](const auto& kind) {
                           return kind.param == StoreKind::kMemory ? "Memory" : "Local";
                         });

// Numbers 0 .. n-1 in batches, every third one empty, from two streams.
class NumberSource final : public columnar::BatchSource {
 public:
  explicit NumberSource(int64_t num_rows) : num_rows_(num_rows) {}

  const columnar::Schema& schema() const override { return schema_; }
  size_t parallelism() const override { return 2; }
  base::Result<std::unique_ptr<columnar::BatchStream>> OpenStream() override {
    return std::make_unique<Stream>(*this);
  }

  std::optional<int64_t> fail_at;

 private:
  class Stream final : public columnar::BatchStream {
   public:
    explicit Stream(NumberSource& source) : source_(source) {}
    base::Result<bool> Next(duckdb::DataChunk& chunk) override {
      columnar::BatchWriter batch(source_.schema_, chunk);
      if (++calls_ % 3 == 0) return true;  // nothing to give this time
      const int64_t start = source_.next_.fetch_add(1000);
      if (start >= source_.num_rows_) return false;
      if (source_.fail_at.has_value() && start >= *source_.fail_at) {
        return base::Corruption("the source broke", "Mend it.");
      }
      for (int64_t i = start; i < std::min(start + 1000, source_.num_rows_); ++i) {
        batch.Column(0).Value<int64_t>(i);
        if (i % 10 == 0) {
          batch.Column(1).Null();
        } else {
          batch.Column(1).String("text " + std::to_string(i));
        }
        batch.EndRow();
      }
      batch.Finish();
      return true;
    }

   private:
    NumberSource& source_;
    int calls_ = 0;
  };

  int64_t num_rows_;
  std::atomic<int64_t> next_{0};
  columnar::Schema schema_{{{"i", TypeId::kBigInt, false, {}}, {"s", TypeId::kVarchar, true, {}}}};
};

TEST_P(LakeWriteTest, AQueryMayReadTheTableItOverwrites) {
  const auto table = Registered("t");
  Write(*table, "SELECT range AS i FROM range(10)");
  Write(*table, "SELECT i * 2 AS i FROM silver.t WHERE i > 7", Overwrite());
  EXPECT_THAT(Text("SELECT i FROM silver.t ORDER BY i"), ElementsAre("16", "18"));
}

TEST_P(LakeWriteTest, TwoWritersAppendingAtOnceLoseNothing) {
  const auto first = Registered("t");
  Write(*first, "SELECT -1::BIGINT AS i");
  const auto append = [&](int64_t from) {
    const auto table = NewTable("silver/t");  // as another process would
    auto connection = std::move(engine_->Connect()).value();
    for (int64_t i = from; i < from + 12; ++i) {
      const auto result = connection->WriteTable(
          *table, "SELECT " + std::to_string(i) + "::BIGINT AS i", WriteOptions());
      ASSERT_TRUE(result.ok()) << result.error().ToString();
    }
  };
  std::thread one(append, 0), two(append, 100);
  one.join();
  two.join();
  EXPECT_THAT(Text("SELECT count(*), count(DISTINCT i) FROM silver.t WHERE i >= 0"),
              ElementsAre("24|24"));
}

TEST_P(LakeWriteTest, OverwritesAtOnceEachEndWithOneOfThemWhole) {
  const auto first = Registered("t");
  Write(*first, "SELECT 0::BIGINT AS writer, 0::BIGINT AS i");
  const auto overwrite = [&](int64_t writer) {
    const auto table = NewTable("silver/t");
    auto connection = std::move(engine_->Connect()).value();
    for (int round = 0; round < 5; ++round) {
      const auto result = connection->WriteTable(*table,
                                                 "SELECT " + std::to_string(writer) +
                                                     "::BIGINT AS writer, range AS i "
                                                     "FROM range(10)",
                                                 Overwrite());
      ASSERT_TRUE(result.ok()) << result.error().ToString();
    }
  };
  std::thread one(overwrite, 1), two(overwrite, 2);
  one.join();
  two.join();
  EXPECT_THAT(Text("SELECT count(*), count(DISTINCT writer) FROM silver.t"), ElementsAre("10|1"));
  EXPECT_EQ((*first->Load())->version(), lake::Version(10));
}

TEST_P(LakeWriteTest, ColumnsGoToTheirNamesWhateverTheirOrder) {
  const auto table = Registered("t");
  Write(*table, "SELECT 1 AS a, 'x' AS b");
  Write(*table, "SELECT 'y' AS B, 2 AS A");
  Write(*table, "SELECT 3::TINYINT AS a");
  EXPECT_THAT(Text("SELECT a, b FROM silver.t ORDER BY a"), ElementsAre("1|x", "2|y", "3|<null>"));
}

TEST_P(LakeWriteTest, ASchemaGrowsOnlyWhenAsked) {
  const auto table = Registered("t");
  Write(*table, "SELECT 1 AS a");
  const auto error = WriteError(*table, "SELECT 2 AS a, 'new' AS b");
  EXPECT_EQ(error.code(), base::Code::kInvalidArgument);
  EXPECT_THAT(error.message(), HasSubstr("'b'"));
  WriteOptions evolve;
  evolve.evolve_schema = true;
  Write(*table, "SELECT 2 AS a, 'new' AS b, {'x': 1} AS c", evolve);
  ASSERT_TRUE(engine_->RegisterTable("silver", "t", table).ok());
  EXPECT_THAT(Text("SELECT a, b, c, c.x FROM silver.t ORDER BY a"),
              ElementsAre("1|<null>|<null>|<null>", "2|new|{'x': 1}|1"));
  EXPECT_THAT(Text("SELECT a FROM silver.t WHERE b IS NULL"), ElementsAre("1"));
  EXPECT_THAT(Text("SELECT a FROM silver.t WHERE c.x = 1"), ElementsAre("2"));
}

TEST_P(LakeWriteTest, AValueIsNeverNarrowed) {
  const auto table = NewTable("silver/t");
  Write(*table, "SELECT 1::INTEGER AS a");
  EXPECT_EQ(WriteError(*table, "SELECT 1::BIGINT AS a").code(), base::Code::kInvalidArgument);
  EXPECT_EQ(WriteError(*table, "SELECT 1.5 AS a").code(), base::Code::kInvalidArgument);
  EXPECT_EQ(WriteError(*table, "SELECT 'x' AS a").code(), base::Code::kInvalidArgument);
}

TEST_P(LakeWriteTest, AnOverwriteMayReplaceSchemaAndPartitions) {
  const auto table = Registered("t");
  Write(*table, "SELECT 1 AS a");
  WriteOptions replace = Overwrite();
  replace.evolve_schema = true;
  replace.partition_by = {"p"};
  Write(*table, "SELECT 'x' AS s, 7 AS p", replace);
  EXPECT_THAT((*table->Load())->metadata().partition_columns, ElementsAre("p"));
  ASSERT_TRUE(engine_->RegisterTable("silver", "t", table).ok());
  EXPECT_THAT(Text("SELECT s, p FROM silver.t WHERE p = 7"), ElementsAre("x|7"));
  EXPECT_THAT(Text("SELECT * FROM lake_scan('silver.t', version => 0)"), ElementsAre("1"));
  Write(*table, "SELECT 'y' AS s, 8 AS p", replace);
  EXPECT_EQ(table->History(1)->size(), 1u);
}

TEST_P(LakeWriteTest, AWriteThatNeedsAnotherPartitioningIsRefused) {
  const auto table = NewTable("silver/t");
  Write(*table, "SELECT 1 AS a, 2 AS p");
  WriteOptions options;
  options.partition_by = {"p"};
  EXPECT_EQ(WriteError(*table, "SELECT 1 AS a, 2 AS p", options).code(),
            base::Code::kInvalidArgument);
  EXPECT_EQ(WriteError(*NewTable("silver/u"), "SELECT 1 AS a, 2 AS b", options).code(),
            base::Code::kInvalidArgument);
}

TEST_P(LakeWriteTest, NoRowsStillMakeATableWithItsColumns) {
  const auto table = Registered("t");
  const auto result = Write(*table, "SELECT 1 AS a, 'x' AS b WHERE false");
  EXPECT_EQ(result.num_rows, 0);
  EXPECT_EQ(result.num_files, 0);
  EXPECT_THAT(DataKeys(""), IsEmpty());
  EXPECT_THAT(Text("SELECT count(*) FROM silver.t"), ElementsAre("0"));
  EXPECT_THAT(Text("SELECT a, b FROM silver.t WHERE a = 1"), IsEmpty());
  WriteOptions only_rows;
  only_rows.commit_when_empty = false;
  EXPECT_EQ(Write(*table, "SELECT 1 AS a WHERE false", only_rows).version, lake::Version(0));
  EXPECT_EQ(Write(*table, "SELECT 1 AS a WHERE false").version, lake::Version(1));
}

TEST_P(LakeWriteTest, ACommitCarriesWhatItsWriterSaysOfIt) {
  const auto table = NewTable("silver/t");
  WriteOptions options;
  options.operation = "LOAD";
  options.parameters = {{"source", "\"reviews\""}};
  options.extra = {{"positions", "{\"p\":1}"}};
  options.txns = {{.app_id = "files", .version = 7}};
  Write(*table, "SELECT range AS i FROM range(10)", options);
  const auto history = table->History(1);
  ASSERT_TRUE(history.ok());
  const lake::CommitInfo& info = history->at(0).info;
  EXPECT_EQ(info.operation, "LOAD");
  EXPECT_EQ(info.parameters.at("source"), "\"reviews\"");
  EXPECT_EQ(info.extra.at("positions"), "{\"p\":1}");
  EXPECT_EQ(info.metrics.at("numOutputRows"), "10");
  EXPECT_EQ((*table->Load())->TxnVersion("files"), 7);
}

TEST_P(LakeWriteTest, ATransactionOfAnApplicationIsWrittenOnce) {
  const auto table = Registered("t");
  WriteOptions options;
  options.txns = {{.app_id = "files", .version = 7}};
  Write(*table, "SELECT 1 AS i", options);
  EXPECT_EQ(WriteError(*table, "SELECT 1 AS i", options).code(), base::Code::kConflict);
  EXPECT_THAT(Text("SELECT count(*) FROM silver.t"), ElementsAre("1"));
  EXPECT_EQ(DataKeys("silver/t").size(), 1u);
}

TEST_P(LakeWriteTest, AnInterruptedWriteLeavesNothing) {
  const auto table = NewTable("silver/t");
  Write(*table, "SELECT 0::BIGINT AS i");
  std::atomic<bool> done{false};
  std::thread stopper([&] {
    while (!done) connection_->Interrupt();
  });
  const auto error =
      WriteError(*table, "SELECT a.range AS i FROM range(100000) a, range(100000) b");
  done = true;
  stopper.join();
  EXPECT_EQ(error.code(), base::Code::kCancelled) << error.ToString();
  EXPECT_EQ(DataKeys("silver/t").size(), 1u);
  EXPECT_EQ((*table->Load())->version(), lake::Version(0));
}

TEST_P(LakeWriteTest, RowsFromOutsideOfSqlAreWritten) {
  const auto table = Registered("t");
  NumberSource source(50000);
  const auto result = connection_->WriteTable(*table, source, WriteOptions());
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_EQ(result->num_rows, 50000);
  EXPECT_THAT(Text("SELECT count(*), count(s), sum(i), max(s) FROM silver.t"),
              ElementsAre("50000|45000|1249975000|text 9999"));
  EXPECT_FALSE((*table->Load())->schema().fields[0].nullable);
}

TEST_P(LakeWriteTest, AnErrorOfASourceReachesTheCallerAsItWas) {
  const auto table = NewTable("silver/t");
  NumberSource source(50000);
  source.fail_at = 20000;
  const auto result = connection_->WriteTable(*table, source, WriteOptions());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), base::Code::kCorruption);
  EXPECT_EQ(result.error().message(), "the source broke");
  EXPECT_EQ(result.error().hint(), "Mend it.");
  EXPECT_THAT(DataKeys(""), IsEmpty());
}

TEST_P(LakeWriteTest, AColumnThatMustHaveAValueGetsOne) {
  const auto table = Registered("t");
  NumberSource source(10);
  ASSERT_TRUE(connection_->WriteTable(*table, source, WriteOptions()).ok());
  const auto error =
      WriteError(*table, "SELECT CASE WHEN range <> 5 THEN range END AS i FROM range(10)");
  EXPECT_THAT(error.message(), HasSubstr("'i' must have a value"));
  EXPECT_EQ(WriteError(*table, "SELECT 'x' AS s").code(), base::Code::kInvalidArgument);
  EXPECT_THAT(Text("SELECT count(*) FROM silver.t"), ElementsAre("10"));
}

TEST_P(LakeWriteTest, OnlyOneSelectCanBeWritten) {
  const auto table = Registered("t");
  EXPECT_EQ(WriteError(*table, "SELECT 1 AS i; SELECT 2 AS i").code(),
            base::Code::kInvalidArgument);
  EXPECT_EQ(WriteError(*table, "CREATE TABLE x(i INT)").code(), base::Code::kInvalidArgument);
  EXPECT_EQ(WriteError(*table, "SELECT 1 AS a, 2 AS A").code(), base::Code::kInvalidArgument);
  Write(*table, "SELECT ';' AS i -- a; comment\n; -- the end");
  EXPECT_THAT(Text("SELECT i FROM silver.t"), ElementsAre(";"));
}

TEST_P(LakeWriteTest, WhicheverRequestFailsAWriteIsWholeOrAbsent) {
  using object::StoreFault;
  for (const StoreFault fault :
       {StoreFault::kBefore, StoreFault::kAfter, StoreFault::kDieBefore, StoreFault::kDieAfter}) {
    int completed = 0;
    for (int64_t request = 1; completed == 0; ++request) {
      ASSERT_LT(request, 200) << "the loop must end";
      const std::string folder =
          "silver/f" + std::to_string(static_cast<int>(fault)) + "_" + std::to_string(request);
      WriteOptions options;
      options.partition_by = {"p"};
      const auto before = connection_->WriteTable(
          *NewTable(folder), "SELECT range AS i, range % 2 AS p FROM range(10)", options);
      ASSERT_TRUE(before.ok()) << before.error().ToString();
      store_->FailRequest(request, fault);
      const auto written = connection_->WriteTable(
          *NewTable(folder), "SELECT range AS i, range % 2 AS p FROM range(100)", options);
      const bool hit = store_->failed();
      store_->FailRequest(0, fault);
      const auto table = NewTable(folder);
      ASSERT_TRUE(engine_->RegisterTable("silver", "f", table).ok());
      const auto count = Text("SELECT count(*) FROM silver.f");
      if (written.ok()) {
        EXPECT_THAT(count, ElementsAre("110")) << "request " << request;
      } else {
        EXPECT_THAT(count, testing::AnyOf(ElementsAre("10"), ElementsAre("110")))
            << "request " << request << ": " << written.error().ToString();
      }
      if (!hit) ++completed;
    }
  }
}

}  // namespace
}  // namespace sql
