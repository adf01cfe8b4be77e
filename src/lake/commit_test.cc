// Commit: what it refuses, what conflicts, what it completes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_writer.h"
#include "lake/features.h"
#include "lake/log_names.h"
#include "lake/test_table.h"
#include "object/faulty_store.h"

namespace lake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CommitTest : public TableTest {
 protected:
  CommitTest() { MustAppend(*table_, "start"); }
  std::shared_ptr<const Snapshot> Load() { return table_->Load().value(); }
  CommitRequest AppendTo(std::shared_ptr<const Snapshot> snapshot, const std::string& path) {
    CommitRequest request{.adds = {DataFile(path, 1)}};
    request.read_snapshot = std::move(snapshot);
    return request;
  }
  CommitRequest WithMetadata(std::shared_ptr<const Snapshot> snapshot,
                             const columnar::Schema& schema) {
    CommitRequest request;
    request.metadata = EvolveMetadata(snapshot->metadata(), schema, {}).value();
    request.read_snapshot = std::move(snapshot);
    return request;
  }

  std::unique_ptr<Table> table_ = Open();
};

TEST_F(CommitTest, BlindAppendsCommute) {
  const auto read = Load();
  MustCommit(*table_, AppendTo(read, "a"));
  EXPECT_EQ(MustCommit(*table_, AppendTo(read, "b")), 2);
  // An overwrite that came between does not hinder one either: the rows are simply newer.
  MustCommit(*table_, Overwrite(Load(), "c", 1));
  EXPECT_EQ(MustCommit(*table_, AppendTo(read, "d")), 4);
  EXPECT_THAT(Paths(*Load()), ElementsAre("c", "d"));
}

TEST_F(CommitTest, AnOverwriteConflictsWithAnyChangeOfRows) {
  const auto read = Load();
  MustCommit(*table_, AppendTo(read, "a"));
  const auto outcome = table_->Commit(Overwrite(read, "b", 1));
  EXPECT_EQ(ReasonOf(outcome), "rows were added");
  EXPECT_EQ(std::get<Conflicted>(*outcome).version, Version(1));
  const auto reread = Load();
  MustCommit(*table_, Overwrite(reread, "c", 1));
  EXPECT_EQ(ReasonOf(table_->Commit(Overwrite(reread, "d", 1))), "file 'a' was removed");
  EXPECT_THAT(Paths(*Load()), ElementsAre("c"));
}

TEST_F(CommitTest, ACommitWithoutRowsHindersNobody) {
  const auto read = Load();
  CommitRequest txn_only{.txns = {{.app_id = "x", .version = 1}}};
  txn_only.read_snapshot = read;
  MustCommit(*table_, std::move(txn_only));
  EXPECT_EQ(MustCommit(*table_, Overwrite(read, "a", 1)), 2);
}

TEST_F(CommitTest, MetadataAndProtocolChangesConflictWithEverything) {
  const auto read = Load();
  columnar::Schema wider = ItemsSchema();
  wider.fields.push_back({"added", columnar::TypeId::kTimestamp});
  MustCommit(*table_, WithMetadata(read, wider));
  EXPECT_EQ(ReasonOf(table_->Commit(AppendTo(read, "a"))), "the protocol changed");
  const auto reread = Load();
  wider.fields.push_back({"more", columnar::TypeId::kDate});
  MustCommit(*table_, WithMetadata(reread, wider));
  EXPECT_EQ(ReasonOf(table_->Commit(AppendTo(reread, "a"))), "the metadata changed");
  EXPECT_EQ(ReasonOf(table_->Commit(WithMetadata(reread, wider))), "the metadata changed");
}

TEST_F(CommitTest, ATransactionIsCommittedOnce) {
  const auto read = Load();
  CommitRequest first = AppendTo(read, "a");
  first.txns = {{.app_id = "load/1", .version = 5}};
  CommitRequest again = AppendTo(read, "a-again");
  again.txns = {{.app_id = "load/1", .version = 5}};
  MustCommit(*table_, std::move(first));
  EXPECT_EQ(ReasonOf(table_->Commit(std::move(again))),
            "the transaction 'load/1' was committed with version 5");
  EXPECT_EQ(Load()->TxnVersion("load/1"), 5);
  EXPECT_EQ(Load()->txns().at(0).last_updated_unix_ms, clock_.NowUnixMs());
}

TEST_F(CommitTest, TheSameFileIsNotAddedOrRemovedTwice) {
  const auto read = Load();
  MustCommit(*table_, AppendTo(read, "a"));
  EXPECT_EQ(ReasonOf(table_->Commit(AppendTo(read, "a"))), "file 'a' was added or replaced");
}

TEST_F(CommitTest, CreatingWhatExistsIsAConflict) {
  const auto metadata = MakeMetadata(ItemsSchema(), {}, "other", 1).value();
  EXPECT_EQ(ReasonOf(table_->Commit({.metadata = metadata})), "the table exists already");
}

TEST_F(CommitTest, RequestsNoVersionCouldHoldAreRefused) {
  const auto refused = [&](CommitRequest request) {
    const auto outcome = table_->Commit(std::move(request));
    EXPECT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.ok() ? base::Code::kInternal : outcome.error().code(),
              base::Code::kInvalidArgument);
    return outcome.ok() ? "" : outcome.error().message();
  };
  CommitRequest twice = AppendTo(Load(), "a");
  twice.adds.push_back(twice.adds[0]);
  EXPECT_THAT(refused(std::move(twice)), HasSubstr("added twice"));
  EXPECT_THAT(refused(AppendTo(Load(), "start")), HasSubstr("in the table already"));
  CommitRequest absent = Overwrite(Load(), "a", 1);
  absent.removes[0].path = "none";
  EXPECT_THAT(refused(std::move(absent)), HasSubstr("'none' is not in the table"));
  CommitRequest both = Overwrite(Load(), "a", 1);
  both.adds[0].path = "start";
  both.adds[0].data_change = false;
  EXPECT_THAT(refused(std::move(both)), HasSubstr("added as well"));
  CommitRequest partition = AppendTo(Load(), "a");
  partition.adds[0].partition_values["p"] = "1";
  EXPECT_THAT(refused(std::move(partition)), HasSubstr("partition values"));
  CommitRequest txns = AppendTo(Load(), "a");
  txns.txns = {{.app_id = "x"}, {.app_id = "x"}};
  EXPECT_THAT(refused(std::move(txns)), HasSubstr("named twice"));
  CommitRequest renamed = WithMetadata(Load(), ItemsSchema());
  renamed.metadata->id = "another";
  EXPECT_THAT(refused(std::move(renamed)), HasSubstr("id"));
  EXPECT_THAT(refused({.adds = {DataFile("a", 1)}}), HasSubstr("needs metadata"));
  EXPECT_EQ(Load()->version(), Version(0));
}

TEST_F(CommitTest, AppendOnlyTablesKeepTheirRows) {
  CommitRequest request = WithMetadata(Load(), ItemsSchema());
  request.metadata->configuration["delta.appendOnly"] = "true";
  MustCommit(*table_, std::move(request));
  EXPECT_THAT(ReasonOf(table_->Commit(Overwrite(Load(), "a", 1))), HasSubstr("append-only"));
  MustCommit(*table_, AppendTo(Load(), "a"));
  // Rows may be moved to other files all the same.
  CommitRequest compaction = Overwrite(Load(), "b", 2);
  compaction.adds[0].data_change = false;
  for (RemoveFile& remove : compaction.removes) remove.data_change = false;
  MustCommit(*table_, std::move(compaction));
  EXPECT_THAT(Paths(*Load()), ElementsAre("b"));
}

TEST_F(CommitTest, CompletesWhatTheCallerNeedNotKnow) {
  MustCommit(*table_, Overwrite(Load(), "a b", 1));
  const std::string text = *store_->Get(CommitKey(Version(1)));
  EXPECT_THAT(text, HasSubstr(R"({"remove":{"path":"start","deletionTimestamp":1700000000000,)"
                              R"("dataChange":true,"extendedFileMetadata":true,)"
                              R"("partitionValues":{},"size":100}})"));
  EXPECT_THAT(text, HasSubstr(R"({"add":{"path":"a%20b","partitionValues":{},"size":100,)"
                              R"("modificationTime":1700000000000,"dataChange":true)"));
  // One millisecond after the commit before it, which came in the same one.
  EXPECT_EQ(text.find(R"({"commitInfo":{"timestamp":1700000000001)"), 0u);
}

TEST_F(CommitTest, ATimestampWithoutZoneRaisesAnExistingTable) {
  columnar::Schema schema = ItemsSchema();
  schema.fields.push_back({"at", columnar::TypeId::kTimestamp});
  MustCommit(*table_, WithMetadata(Load(), schema));
  EXPECT_EQ(Load()->protocol().min_reader_version, 3);
  EXPECT_THAT(*Load()->protocol().writer_features,
              testing::UnorderedElementsAre("appendOnly", "invariants", "timestampNtz"));
  EXPECT_EQ(Load()->schema(), schema);
  // And is not raised again.
  schema.fields.push_back({"too", columnar::TypeId::kTimestamp});
  CommitRequest again = WithMetadata(Load(), schema);
  MustCommit(*table_, std::move(again));
  EXPECT_THAT(*store_->Get(CommitKey(Version(2))), testing::Not(HasSubstr("\"protocol\"")));
}

TEST_F(CommitTest, ALostAnswerIsReadBack) {
  const auto faulty = std::make_shared<object::FaultyStore>(store_);
  Table table(faulty, &checkpoints_, &clock_);
  // A commit looks whether the version it read is there, for newer ones, and then puts. The answer
  // to the put is lost, after it took effect and before; either way there is one commit in the end.
  int64_t version = 1;
  for (const auto fault : {object::StoreFault::kAfter, object::StoreFault::kBefore}) {
    CommitRequest request = AppendTo(table.Load().value(), "x" + std::to_string(version));
    faulty->FailRequest(3, fault);
    EXPECT_EQ(MustCommit(table, std::move(request)), version);
    EXPECT_TRUE(faulty->failed());
    ++version;
  }
  EXPECT_THAT(Paths(*Load()), ElementsAre("start", "x1", "x2"));
}

TEST_F(CommitTest, NothingIsCommittedIntoTheCleanedPast) {
  const auto read = Load();
  for (int i = 0; i < 4; ++i) MustAppend(*table_, "f" + std::to_string(i));
  ASSERT_TRUE(table_->Checkpoint().ok());
  for (int64_t v = 0; v <= 3; ++v) ASSERT_TRUE(store_->Delete(CommitKey(Version(v))).ok());
  EXPECT_EQ(table_->Commit(AppendTo(read, "x")).error().code(), base::Code::kConflict);
  EXPECT_EQ(MustCommit(*table_, AppendTo(Load(), "x")), 5);
  // The checkpoint alone carries the table on.
  ASSERT_TRUE(table_->Checkpoint().ok());
  for (int64_t v = 4; v <= 5; ++v) ASSERT_TRUE(store_->Delete(CommitKey(Version(v))).ok());
  EXPECT_EQ(MustCommit(*table_, AppendTo(Open()->Load().value(), "y")), 6);
}

TEST_F(CommitTest, TooManyLostRacesGiveUp) {
  // A store where somebody is always faster.
  class Racing final : public object::ObjectStore {
   public:
    explicit Racing(std::shared_ptr<object::ObjectStore> store) : store_(std::move(store)) {}
    base::Result<std::string> Get(const std::string& key) override { return store_->Get(key); }
    base::Result<std::string> GetRange(const std::string& key, uint64_t offset,
                                       uint64_t size) override {
      return store_->GetRange(key, offset, size);
    }
    base::Result<object::ObjectInfo> Head(const std::string& key) override {
      return store_->Head(key);
    }
    base::Result<void> Put(const std::string& key, std::string_view bytes) override {
      return store_->Put(key, bytes);
    }
    base::Result<object::PutOutcome> PutIfAbsent(const std::string& key,
                                                 std::string_view bytes) override {
      TRY(store_->PutIfAbsent(key, R"({"commitInfo":{"operation":"FASTER"}})"));
      return store_->PutIfAbsent(key, bytes);
    }
    base::Result<std::unique_ptr<object::ObjectWriter>> OpenWriter(
        const std::string& key) override {
      return store_->OpenWriter(key);
    }
    base::Result<std::vector<object::ObjectInfo>> List(const std::string& prefix,
                                                       const std::string& after) override {
      return store_->List(prefix, after);
    }
    base::Result<void> Delete(const std::string& key) override { return store_->Delete(key); }
    [[nodiscard]] std::string Describe() const override { return "racing:"; }
    [[nodiscard]] std::string LocalRoot() const override { return ""; }

   private:
    std::shared_ptr<object::ObjectStore> store_;
  };
  Table table(std::make_shared<Racing>(store_), &checkpoints_, &clock_);
  const auto outcome = table.Commit(AppendTo(table.Load().value(), "x"));
  EXPECT_EQ(outcome.error().code(), base::Code::kUnavailable);
  EXPECT_EQ(Load()->version(), Version(64));
}

struct ProtocolRow {
  std::string protocol;
  std::string configuration;
  std::string column_metadata;
  std::string read_error;   // "" when it may be read
  std::string write_error;  // "" when it may be written
};

TEST(FeaturesTest, TablesAreReadAndWrittenAsFarAsTheirFeaturesAllow) {
  const std::string v2 = R"({"minReaderVersion":1,"minWriterVersion":)";
  const auto features = [](const std::string& reader, const std::string& writer) {
    return R"({"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[)" + reader +
           R"(],"writerFeatures":[)" + writer + "]}";
  };
  const auto writer_only = [](const std::string& writer) {
    return R"({"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":[)" + writer + "]}";
  };
  const std::vector<ProtocolRow> rows = {
      {v2 + "1}", "", "", "", ""},
      {v2 + "2}", "", "", "", ""},
      {v2 + "2}", "", R"("delta.invariants":"{}")", "", "'invariants'"},
      {v2 + "4}", "", "", "", ""},
      {v2 + "3}", R"("delta.constraints.c":"id > 0")", "", "", "'checkConstraints'"},
      {v2 + "2}", R"("delta.constraints.c":"id > 0")", "", "", ""},
      {v2 + "4}", "", R"("delta.generationExpression":"1")", "", "'generatedColumns'"},
      {v2 + "6}", "", R"("delta.identity.start":1)", "", "'identityColumns'"},
      {v2 + "8}", "", "", "", "writer version 8"},
      {R"({"minReaderVersion":2,"minWriterVersion":5})", "", "", "", ""},
      {R"({"minReaderVersion":2,"minWriterVersion":5})", R"("delta.columnMapping.mode":"name")", "",
       "'columnMapping'", ""},
      {R"({"minReaderVersion":4,"minWriterVersion":7})", "", "", "reader version 4", ""},
      {features(R"("timestampNtz")", R"("timestampNtz")"), "", "", "", ""},
      {features("", ""), "", "", "", ""},
      {features(R"("columnMapping")", R"("columnMapping")"), "", "", "", ""},
      {features(R"("columnMapping")", R"("columnMapping")"), R"("delta.columnMapping.mode":"id")",
       "", "'columnMapping'", ""},
      {features(R"("deletionVectors")", R"("deletionVectors")"), "", "", "'deletionVectors'", ""},
      {features(R"("v2Checkpoint")", R"("v2Checkpoint")"), "", "", "'v2Checkpoint'", ""},
      {features(R"("typeWidening")", R"("typeWidening")"), "", "", "'typeWidening'", ""},
      {writer_only(R"("appendOnly","changeDataFeed","checkConstraints","generatedColumns")"), "",
       "", "", ""},
      {writer_only(R"("rowTracking")"), "", "", "", "'rowTracking'"},
      {writer_only(R"("domainMetadata","clustering")"), "", "", "", "'domainMetadata'"},
      {writer_only(R"("inCommitTimestamp")"), "", "", "", ""},
      {writer_only(R"("inCommitTimestamp")"), R"("delta.enableInCommitTimestamps":"true")", "", "",
       "'inCommitTimestamp'"},
      {writer_only(R"("fromTheFuture")"), "", "", "", "'fromTheFuture'"},
  };
  for (const ProtocolRow& row : rows) {
    SCOPED_TRACE(row.protocol + row.configuration + row.column_metadata);
    const base::ManualClock clock(1);
    const auto store = std::make_shared<object::MemoryStore>(&clock);
    JsonCheckpointFiles checkpoints;
    const std::string schema =
        R"({"type":"struct","fields":[{"name":"id","type":"long","nullable":true,"metadata":{)" +
        row.column_metadata + "}}]}";
    base::JsonWriter quoted;
    quoted.String(schema);
    ASSERT_TRUE(store
                    ->Put(CommitKey(Version(0)), R"({"protocol":)" + row.protocol + "}\n" +
                                                     R"({"metaData":{"id":"x","schemaString":)" +
                                                     quoted.text() +
                                                     R"(,"partitionColumns":[],"configuration":{)" +
                                                     row.configuration + "}}}\n")
                    .ok());
    Table table(store, &checkpoints, &clock);
    const auto snapshot = table.Load();
    if (!row.read_error.empty()) {
      ASSERT_FALSE(snapshot.ok());
      EXPECT_EQ(snapshot.error().code(), base::Code::kUnsupported);
      EXPECT_THAT(snapshot.error().message(), HasSubstr(row.read_error));
      continue;
    }
    ASSERT_TRUE(snapshot.ok()) << snapshot.error().ToString();
    CommitRequest request{.adds = {DataFile("a", 1)}};
    request.read_snapshot = *snapshot;
    const auto outcome = table.Commit(std::move(request));
    if (row.write_error.empty()) {
      EXPECT_TRUE(outcome.ok()) << outcome.error().ToString();
    } else {
      ASSERT_FALSE(outcome.ok());
      EXPECT_EQ(outcome.error().code(), base::Code::kUnsupported);
      EXPECT_THAT(outcome.error().message(), HasSubstr(row.write_error));
    }
  }
}

TEST(FeaturesTest, RaisingSpellsOutWhatOlderVersionsMeant) {
  const Protocol needed = ProtocolFor({{{"t", columnar::TypeId::kTimestamp}}}).value();
  const Protocol raised = RaiseProtocol({.min_reader_version = 2, .min_writer_version = 5}, needed);
  EXPECT_EQ(raised.min_reader_version, 3);
  EXPECT_THAT(*raised.reader_features, ElementsAre("columnMapping", "timestampNtz"));
  EXPECT_THAT(*raised.writer_features,
              testing::UnorderedElementsAre("appendOnly", "invariants", "checkConstraints",
                                            "changeDataFeed", "generatedColumns", "columnMapping",
                                            "timestampNtz"));
  EXPECT_EQ(RaiseProtocol(raised, needed), raised);
  const Protocol higher{.min_reader_version = 1, .min_writer_version = 4};
  EXPECT_EQ(RaiseProtocol(higher, Protocol{}), higher);
}

}  // namespace
}  // namespace lake
