// What every logs::Client does, whatever is behind it: the embedded log, our own broker, a real
// Kafka. What differs between them is said in docs/client.md, and is not here.
#include "log/client.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "conformance/peers.h"

namespace conformance {
namespace {

using base::Code;
using logs::ByPartition;
using logs::HeaderView;
using logs::Isolation;
using logs::Offset;
using logs::Record;
using logs::TopicPartition;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr int64_t kLongMs = 30'000;  // for what comes

constexpr Offset kBeginning{0};

// A record that owns its bytes.
struct OwnedRecord {
  Offset offset;
  std::optional<std::string> key = {};
  std::optional<std::string> value = {};
  int64_t timestamp_ms = -1;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};
};

MATCHER(IsOk, "is a value") {
  if (!arg.ok()) *result_listener << arg.error().ToString();
  return arg.ok();
}
MATCHER_P(Fails, code, "is an error with code " + std::string(base::CodeName(code))) {
  if (arg.ok()) return false;
  *result_listener << arg.error().ToString();
  return arg.error().code() == code;
}

class ClientTest : public testing::TestWithParam<Peer> {
 protected:
  void SetUp() override {
    auto opened = GetParam().open({});
    ASSERT_THAT(opened, IsOk());
    client_ = *std::move(opened);
  }

  // A name that no other test and no earlier run has used.
  static std::string Name(const std::string& what) {
    static std::atomic<int> count = 0;
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    return what + "-" + std::to_string(getpid()) + "-" + std::to_string(now) + "-" +
           std::to_string(++count);
  }

  std::string NewTopic(int32_t num_partitions = 1,
                       std::map<std::string, std::string> configs = {}) {
    const std::string name = Name("t");
    const auto made = client_->CreateTopic(
        {.name = name, .num_partitions = num_partitions, .configs = std::move(configs)});
    EXPECT_TRUE(made.ok()) << made.error().ToString();
    return name;
  }

  std::unique_ptr<logs::Producer> NewProducer(logs::ProducerOptions options = {}) {
    auto producer = client_->OpenProducer(std::move(options));
    EXPECT_TRUE(producer.ok()) << producer.error().ToString();
    return *std::move(producer);
  }

  static void Append(logs::Producer& producer, const TopicPartition& to,
                     const std::vector<std::string>& values) {
    std::vector<Record> records;
    for (const std::string& value : values) records.push_back({.value = value});
    ASSERT_THAT(producer.Append(to, records), IsOk());
  }

  static void Flush(logs::Producer& producer) {
    for (const auto& [partition, range] : producer.Flush(kLongMs)) ASSERT_THAT(range, IsOk());
  }

  // Reads until the end that readers of this isolation see, or until nothing comes.
  std::vector<OwnedRecord> ReadAll(const TopicPartition& partition, Offset from = kBeginning,
                                   Isolation isolation = Isolation::kReadCommitted) {
    auto reader = client_->OpenReader({.isolation = isolation});
    EXPECT_TRUE(reader.ok());
    const auto assigned = (*reader)->Assign({{partition, from}});
    EXPECT_TRUE(assigned.ok());
    std::vector<OwnedRecord> records;
    const auto ends = client_->Ends({partition}).at(partition);
    EXPECT_TRUE(ends.ok()) << ends.error().ToString();
    const Offset end =
        isolation == Isolation::kReadCommitted ? ends->last_stable : ends->high_watermark;
    while ((*reader)->Positions().at(partition) < end) {
      const auto batches = (*reader)->Poll(kLongMs);
      EXPECT_TRUE(batches.ok()) << batches.error().ToString();
      if (!batches.ok() || batches->empty()) break;
      for (const logs::ReadBatch& batch : *batches) Collect(batch, records);
    }
    return records;
  }

  // Until the partition's last stable offset is `end`: a cluster answers a commit or an abort when
  // it is decided, and its partitions learn of it soon after.
  void WaitForStable(const TopicPartition& partition, Offset end) {
    Eventually([&] {
      const auto ends = client_->Ends({partition}).at(partition);
      return ends.ok() && ends->last_stable >= end;
    });
  }
  template <typename Condition>
  static void Eventually(Condition holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kLongMs);
    while (!holds()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }

  ByPartition<logs::GroupOffset> OffsetsOf(const std::string& group) {
    auto offsets = client_->GroupOffsets(group);
    EXPECT_TRUE(offsets.ok()) << offsets.error().ToString();
    return offsets.ok() ? *std::move(offsets) : ByPartition<logs::GroupOffset>();
  }

  static void Collect(const logs::ReadBatch& batch, std::vector<OwnedRecord>& records) {
    for (const logs::RecordView& record : batch.records) {
      OwnedRecord owned{.offset = record.offset, .timestamp_ms = record.timestamp_ms};
      if (record.key) owned.key = std::string(*record.key);
      if (record.value) owned.value = std::string(*record.value);
      for (const HeaderView& header : record.Headers()) {
        owned.headers.emplace_back(header.key, header.value);
      }
      records.push_back(std::move(owned));
    }
  }

  static std::vector<std::string> Values(const std::vector<OwnedRecord>& records) {
    std::vector<std::string> values;
    for (const OwnedRecord& record : records) values.push_back(record.value.value_or("NULL"));
    return values;
  }

  std::unique_ptr<logs::Client> client_;
};

// --- topics ---

TEST_P(ClientTest, ATopicIsCreatedDescribedListedAndDeleted) {
  const std::string name = NewTopic(3);
  const auto topic = client_->Topic(name);
  ASSERT_THAT(topic, IsOk());
  EXPECT_EQ(topic->name, name);
  EXPECT_FALSE(topic->internal);
  ASSERT_THAT(topic->partitions, SizeIs(3));
  EXPECT_GE(topic->partitions[0].leader, 0);
  EXPECT_THAT(topic->partitions[0].replicas, ElementsAre(topic->partitions[0].leader));
  EXPECT_THAT(topic->partitions[0].in_sync, ElementsAre(topic->partitions[0].leader));

  const auto is_it = [&](const logs::TopicDescription& one) { return one.name == name; };
  auto topics = client_->Topics();
  ASSERT_THAT(topics, IsOk());
  EXPECT_TRUE(std::any_of(topics->begin(), topics->end(), is_it));

  ASSERT_THAT(client_->DeleteTopic(name), IsOk());
  EXPECT_THAT(client_->Topic(name), Fails(Code::kNotFound));
  topics = client_->Topics();
  ASSERT_THAT(topics, IsOk());
  EXPECT_FALSE(std::any_of(topics->begin(), topics->end(), is_it));
}

TEST_P(ClientTest, WhatATopicCannotBeIsRefused) {
  const std::string name = NewTopic();
  EXPECT_THAT(client_->CreateTopic({.name = name, .num_partitions = 1}),
              Fails(Code::kAlreadyExists));
  EXPECT_THAT(client_->CreateTopic({.name = "a/b", .num_partitions = 1}),
              Fails(Code::kInvalidArgument));
  EXPECT_THAT(client_->CreateTopic({.name = Name("t"), .num_partitions = 0}),
              Fails(Code::kInvalidArgument));
  EXPECT_THAT(client_->CreateTopic(
                  {.name = Name("t"), .num_partitions = 1, .configs = {{"retention.ms", "soon"}}}),
              Fails(Code::kInvalidArgument));
}

TEST_P(ClientTest, ATopicThatIsNotThereIsNotFound) {
  const std::string name = Name("absent");
  EXPECT_THAT(client_->Topic(name), Fails(Code::kNotFound));
  EXPECT_THAT(client_->DeleteTopic(name), Fails(Code::kNotFound));
  EXPECT_THAT(client_->AddPartitions(name, 2), Fails(Code::kNotFound));
  EXPECT_THAT(client_->TopicConfigs(name), Fails(Code::kNotFound));
  // Asking has not made it.
  EXPECT_THAT(client_->Topic(name), Fails(Code::kNotFound));
}

TEST_P(ClientTest, PartitionsAreAddedAndNeverTakenAway) {
  const std::string name = NewTopic(1);
  ASSERT_THAT(client_->AddPartitions(name, 4), IsOk());
  EXPECT_THAT(client_->Topic(name)->partitions, SizeIs(4));
  EXPECT_THAT(client_->AddPartitions(name, 2), Fails(Code::kInvalidArgument));
}

TEST_P(ClientTest, ConfigsAreSetAndTakenBack) {
  const std::string name = NewTopic(1, {{"retention.ms", "3600000"}});
  const auto find = [&](std::string_view config) {
    const auto entries = client_->TopicConfigs(name);
    EXPECT_TRUE(entries.ok()) << entries.error().ToString();
    const auto found = std::find_if(entries->begin(), entries->end(),
                                    [&](const auto& one) { return one.name == config; });
    EXPECT_NE(found, entries->end()) << config;
    return *found;
  };
  EXPECT_EQ(find("retention.ms").value, "3600000");
  EXPECT_FALSE(find("retention.ms").is_default);
  EXPECT_TRUE(find("cleanup.policy").is_default);

  ASSERT_THAT(client_->AlterTopicConfigs(name, {{"cleanup.policy", "compact"}}), IsOk());
  Eventually([&] { return find("cleanup.policy").value == "compact"; });
  EXPECT_EQ(find("retention.ms").value, "3600000");  // as before

  ASSERT_THAT(client_->AlterTopicConfigs(name, {{"retention.ms", std::nullopt}}), IsOk());
  // A cluster tells its broker of the change a moment after it has answered.
  Eventually([&] { return find("retention.ms").value == "604800000"; });
  EXPECT_TRUE(find("retention.ms").is_default);
  EXPECT_EQ(find("cleanup.policy").value, "compact");

  EXPECT_THAT(client_->AlterTopicConfigs(name, {{"no.such.config", "1"}}),
              Fails(Code::kInvalidArgument));
}

// --- records ---

TEST_P(ClientTest, ARecordComesBackAsItWasAppended) {
  const TopicPartition to{NewTopic(), 0};
  constexpr int64_t kTime = 1'700'000'000'123;
  const std::vector<HeaderView> headers = {
      {.key = "h", .value = "1"}, {.key = "h", .value = std::nullopt}, {.key = "", .value = ""}};
  const std::string binary("\0\xff\n", 3);
  const std::vector<Record> records = {
      {.key = "k", .value = "v", .timestamp_ms = kTime},
      {.key = "k"},  // a tombstone
      {.value = "no key"},
      {.key = "", .value = ""},  // empty is not null
      {},                        // neither
      {.key = binary, .value = binary, .headers = headers},
  };
  const auto producer = NewProducer();
  ASSERT_THAT(producer->Append(to, records), IsOk());
  const auto flushed = producer->Flush(kLongMs);
  ASSERT_THAT(flushed, SizeIs(1));
  ASSERT_THAT(flushed.at(to), IsOk());
  EXPECT_EQ(*flushed.at(to), (logs::OffsetRange{Offset(0), Offset(5)}));

  const auto read = ReadAll(to);
  ASSERT_THAT(read, SizeIs(6));
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].offset, Offset(static_cast<int64_t>(i)));
    EXPECT_EQ(read[i].key, records[i].key) << i;
    EXPECT_EQ(read[i].value, records[i].value) << i;
  }
  EXPECT_EQ(read[0].timestamp_ms, kTime);
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  EXPECT_NEAR(static_cast<double>(read[1].timestamp_ms), static_cast<double>(now), 60'000.0);
  using Header = std::pair<std::string, std::optional<std::string>>;
  EXPECT_THAT(read[5].headers,
              ElementsAre(Header{"h", "1"}, Header{"h", std::nullopt}, Header{"", ""}));
  EXPECT_THAT(read[0].headers, IsEmpty());
}

TEST_P(ClientTest, EveryCompressionGivesTheRecordsBack) {
  const std::string topic = NewTopic(5);
  const std::string text(10'000, 'x');
  for (int32_t i = 0; i < logs::kNumCompressions; ++i) {
    const auto producer = NewProducer({.compression = static_cast<logs::Compression>(i)});
    Append(*producer, {topic, i}, {text, "a", text});
    Flush(*producer);
    EXPECT_THAT(Values(ReadAll({topic, i})), ElementsAre(text, "a", text)) << i;
  }
}

TEST_P(ClientTest, AKeyDecidesThePartition) {
  constexpr int32_t kPartitions = 4;
  const std::string topic = NewTopic(kPartitions);
  std::vector<std::string> keys;
  for (int i = 0; i < 50; ++i) keys.push_back("key-" + std::to_string(i));
  std::vector<Record> records;
  for (const std::string& key : keys) records.push_back({.key = key, .value = key});
  const auto producer = NewProducer();
  ASSERT_THAT(producer->Append({topic, logs::kPartitionByKey}, records), IsOk());
  Flush(*producer);
  std::vector<std::string> found;
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    const auto values = Values(ReadAll({topic, partition}));
    EXPECT_THAT(values, testing::Not(IsEmpty()));
    for (const std::string& value : values) {
      EXPECT_EQ(logs::PartitionOfKey(value, kPartitions), partition) << value;
      found.push_back(value);
    }
  }
  EXPECT_THAT(found, testing::UnorderedElementsAreArray(keys));
}

TEST_P(ClientTest, RecordsWithoutAKeyAreSpreadAndNeighboursStayTogether) {
  constexpr int32_t kPartitions = 3;
  const std::string topic = NewTopic(kPartitions);
  const auto producer = NewProducer();
  for (int i = 0; i < 6; ++i) Append(*producer, {topic, logs::kPartitionByKey}, {"a", "b"});
  Flush(*producer);
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    EXPECT_THAT(Values(ReadAll({topic, partition})), ElementsAre("a", "b", "a", "b"));
  }
}

TEST_P(ClientTest, ManyRecordsKeepTheirOrderInEachPartition) {
  constexpr int kRecords = 30'000;
  constexpr int32_t kPartitions = 3;
  const std::string topic = NewTopic(kPartitions);
  const auto producer = NewProducer({.compression = logs::Compression::kLz4});
  std::vector<std::string> values;
  for (int i = 0; i < kRecords; ++i) values.push_back(std::to_string(i) + std::string(50, '.'));
  for (int i = 0; i < kRecords; i += 1'000) {
    std::vector<Record> records;
    for (int k = i; k < i + 1'000; ++k) {
      records.push_back({.value = values[static_cast<size_t>(k)]});
    }
    ASSERT_THAT(producer->Append({topic, (i / 1'000) % kPartitions}, records), IsOk());
  }
  const auto flushed = producer->Flush(kLongMs);
  ASSERT_THAT(flushed, SizeIs(kPartitions));
  for (const auto& [partition, range] : flushed) {
    ASSERT_THAT(range, IsOk());
    EXPECT_EQ(*range, (logs::OffsetRange{Offset(0), Offset(kRecords / kPartitions - 1)}));
    const auto read = ReadAll(partition);
    ASSERT_THAT(read, SizeIs(kRecords / kPartitions));
    int previous = -1;
    for (const OwnedRecord& record : read) {
      const int number = std::stoi(*record.value);
      ASSERT_GT(number, previous);
      previous = number;
    }
  }
  EXPECT_THAT(producer->Flush(kLongMs), IsEmpty());
}

TEST_P(ClientTest, AnAppendToNowhereIsNotFound) {
  const std::string topic = NewTopic(2);
  const auto producer = NewProducer();
  const std::vector<Record> records = {{.value = "v"}};
  EXPECT_THAT(producer->Append({Name("absent"), 0}, records), Fails(Code::kNotFound));
  EXPECT_THAT(producer->Append({topic, 2}, records), Fails(Code::kNotFound));
  ASSERT_THAT(producer->Append({topic, 1}, records), IsOk());
  Flush(*producer);
}

TEST_P(ClientTest, ARecordThatIsTooLargeIsRefusedAndOthersAreNot) {
  const TopicPartition to{NewTopic(1, {{"max.message.bytes", "10000"}}), 0};
  const auto producer = NewProducer();
  const std::string large(20'000, 'x');
  const std::vector<Record> records = {{.value = large}};
  // Whether Append knows it already or only Flush is told.
  if (const auto appended = producer->Append(to, records); appended.ok()) {
    const auto flushed = producer->Flush(kLongMs);
    EXPECT_THAT(flushed.at(to), Fails(Code::kInvalidArgument));
  } else {
    EXPECT_EQ(appended.error().code(), Code::kInvalidArgument);
    (void)producer->Flush(kLongMs);
  }
  Append(*producer, to, {"small"});
  Flush(*producer);
  EXPECT_THAT(Values(ReadAll(to)), ElementsAre("small"));
}

// --- reading ---

TEST_P(ClientTest, AReaderWaitsForWhatComes) {
  const TopicPartition partition{NewTopic(), 0};
  auto reader = client_->OpenReader({});
  ASSERT_THAT(reader, IsOk());
  ASSERT_THAT((*reader)->Assign({{partition, kBeginning}}), IsOk());
  const auto producer = NewProducer();
  std::thread later([&] {
    Append(*producer, partition, {"at last"});
    Flush(*producer);
  });
  std::vector<OwnedRecord> records;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kLongMs);
  while (records.empty() && std::chrono::steady_clock::now() < deadline) {
    const auto batches = (*reader)->Poll(kLongMs);
    EXPECT_TRUE(batches.ok());
    for (const logs::ReadBatch& batch : *batches) Collect(batch, records);
  }
  later.join();
  EXPECT_THAT(Values(records), ElementsAre("at last"));
  EXPECT_EQ((*reader)->Positions().at(partition), Offset(1));
}

TEST_P(ClientTest, AReaderWaitsNoLongerThanItIsTold) {
  const TopicPartition partition{NewTopic(), 0};
  auto reader = client_->OpenReader({});
  ASSERT_THAT(reader, IsOk());
  ASSERT_THAT((*reader)->Assign({{partition, kBeginning}}), IsOk());
  const auto first = (*reader)->Poll(kLongMs);  // that the end is reached
  ASSERT_THAT(first, IsOk());
  const auto begin = std::chrono::steady_clock::now();
  const auto batches = (*reader)->Poll(300);
  ASSERT_THAT(batches, IsOk());
  EXPECT_THAT(*batches, IsEmpty());
  const auto waited = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(waited, std::chrono::milliseconds(250));
  EXPECT_LT(waited, std::chrono::milliseconds(kLongMs / 2));
}

TEST_P(ClientTest, AStopEndsAPollEarly) {
  const TopicPartition partition{NewTopic(), 0};
  std::stop_source stop;
  auto reader = client_->OpenReader({.stop = stop.get_token()});
  ASSERT_THAT(reader, IsOk());
  ASSERT_THAT((*reader)->Assign({{partition, kBeginning}}), IsOk());
  ASSERT_THAT((*reader)->Poll(kLongMs), IsOk());
  const auto begin = std::chrono::steady_clock::now();
  std::thread stopping([&] { stop.request_stop(); });
  const auto batches = (*reader)->Poll(kLongMs);
  stopping.join();
  ASSERT_THAT(batches, IsOk());
  EXPECT_THAT(*batches, IsEmpty());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(kLongMs / 2));
}

TEST_P(ClientTest, AReaderIsToldWhenItReachesTheEnd) {
  const TopicPartition partition{NewTopic(), 0};
  auto reader = client_->OpenReader({});
  ASSERT_THAT(reader, IsOk());
  ASSERT_THAT((*reader)->Assign({{partition, kBeginning}}), IsOk());
  auto batches = (*reader)->Poll(kLongMs);
  ASSERT_THAT(batches, IsOk());
  ASSERT_THAT(*batches, SizeIs(1));
  EXPECT_THAT((*batches)[0].records, IsEmpty());
  EXPECT_EQ((*batches)[0].next, Offset(0));
  EXPECT_EQ((*batches)[0].end, Offset(0));
}

TEST_P(ClientTest, AReaderGoesOnWhereItIsAssigned) {
  const std::string topic = NewTopic(2);
  const auto producer = NewProducer();
  Append(*producer, {topic, 0}, {"a", "b", "c", "d"});
  Append(*producer, {topic, 1}, {"x", "y"});
  Flush(*producer);
  auto reader = client_->OpenReader({});
  ASSERT_THAT(reader, IsOk());
  const auto read = [&](const ByPartition<Offset>& from, size_t count) {
    EXPECT_TRUE((*reader)->Assign(from).ok());
    std::vector<OwnedRecord> records;
    while (records.size() < count) {
      const auto batches = (*reader)->Poll(kLongMs);
      EXPECT_TRUE(batches.ok());
      if (!batches.ok() || batches->empty()) break;
      for (const logs::ReadBatch& batch : *batches) Collect(batch, records);
    }
    return Values(records);
  };
  EXPECT_THAT(read({{{topic, 0}, Offset(2)}, {{topic, 1}, Offset(1)}}, 3),
              UnorderedElementsAre("c", "d", "y"));
  EXPECT_EQ((*reader)->Positions(),
            (ByPartition<Offset>{{{topic, 0}, Offset(4)}, {{topic, 1}, Offset(2)}}));
  // Only what the last Assign names, from where it says.
  EXPECT_THAT(read({{{topic, 0}, Offset(1)}}, 3), ElementsAre("b", "c", "d"));
  EXPECT_EQ((*reader)->Positions(), (ByPartition<Offset>{{{topic, 0}, Offset(4)}}));
}

TEST_P(ClientTest, WhatABatchPointsIntoOutlivesItsReader) {
  const TopicPartition partition{NewTopic(), 0};
  const auto producer = NewProducer();
  Append(*producer, partition, {std::string(100, 'x')});
  Flush(*producer);
  auto reader = client_->OpenReader({});
  ASSERT_THAT(reader, IsOk());
  ASSERT_THAT((*reader)->Assign({{partition, kBeginning}}), IsOk());
  const auto batches = (*reader)->Poll(kLongMs);
  ASSERT_THAT(batches, IsOk());
  reader->reset();
  std::vector<OwnedRecord> records;
  Collect(batches->front(), records);
  EXPECT_THAT(Values(records), ElementsAre(std::string(100, 'x')));
}

TEST_P(ClientTest, AnOffsetOutsideOfTheLogIsAnError) {
  const TopicPartition partition{NewTopic(), 0};
  const auto producer = NewProducer();
  Append(*producer, partition, {"a"});
  Flush(*producer);
  auto reader = client_->OpenReader({});
  ASSERT_THAT(reader, IsOk());
  ASSERT_THAT((*reader)->Assign({{partition, Offset(7)}}), IsOk());
  EXPECT_THAT((*reader)->Poll(kLongMs), Fails(Code::kInvalidArgument));
}

TEST_P(ClientTest, TheEndsOfAPartitionAreTold) {
  const std::string topic = NewTopic(2);
  const auto producer = NewProducer();
  Append(*producer, {topic, 0}, {"a", "b", "c"});
  Flush(*producer);
  const auto ends = client_->Ends({{topic, 0}, {topic, 1}});
  ASSERT_THAT(ends, SizeIs(2));
  ASSERT_THAT(ends.at({topic, 0}), IsOk());
  EXPECT_EQ(ends.at({topic, 0})->log_start, Offset(0));
  EXPECT_EQ(ends.at({topic, 0})->last_stable, Offset(3));
  EXPECT_EQ(ends.at({topic, 0})->high_watermark, Offset(3));
  EXPECT_EQ(ends.at({topic, 1})->high_watermark, Offset(0));
}

TEST_P(ClientTest, APartitionThatIsNotThereIsNotFoundAndOthersAre) {
  const std::string topic = NewTopic(1);
  const auto ends = client_->Ends({{topic, 0}, {topic, 5}});
  ASSERT_THAT(ends, SizeIs(2));
  EXPECT_TRUE(ends.at({topic, 0}).ok());
  EXPECT_THAT(ends.at({topic, 5}), Fails(Code::kNotFound));
}

TEST_P(ClientTest, ATimeIsFoundAsAnOffset) {
  const TopicPartition partition{NewTopic(), 0};
  constexpr int64_t kTime = 1'700'000'000'000;
  const auto producer = NewProducer();
  for (int64_t i = 0; i < 3; ++i) {
    const std::vector<Record> records = {{.value = "v", .timestamp_ms = kTime + i * 1'000}};
    ASSERT_THAT(producer->Append(partition, records), IsOk());
    Flush(*producer);
  }
  const auto find = [&](int64_t time_ms) {
    const auto found = client_->FindTimestamps({{partition, time_ms}}).at(partition);
    EXPECT_TRUE(found.ok()) << found.error().ToString();
    return found->offset;
  };
  EXPECT_EQ(find(kTime - 1), Offset(0));
  EXPECT_EQ(find(kTime), Offset(0));
  EXPECT_EQ(find(kTime + 1), Offset(1));
  EXPECT_EQ(find(kTime + 2'000), Offset(2));
  EXPECT_EQ(find(kTime + 2'001), logs::kNoOffset);
}

TEST_P(ClientTest, DeletedRecordsAreNoLongerRead) {
  const TopicPartition partition{NewTopic(), 0};
  const auto producer = NewProducer();
  Append(*producer, partition, {"a", "b", "c"});
  Flush(*producer);
  auto deleted = client_->DeleteRecords({{partition, Offset(2)}}).at(partition);
  ASSERT_THAT(deleted, IsOk());
  EXPECT_EQ(*deleted, Offset(2));
  EXPECT_EQ(client_->Ends({partition}).at(partition)->log_start, Offset(2));
  EXPECT_THAT(Values(ReadAll(partition, Offset(2))), ElementsAre("c"));

  EXPECT_THAT(client_->DeleteRecords({{partition, Offset(9)}}).at(partition),
              Fails(Code::kInvalidArgument));
  deleted = client_->DeleteRecords({{partition, logs::kNoOffset}}).at(partition);
  ASSERT_THAT(deleted, IsOk());
  EXPECT_EQ(*deleted, Offset(3));
}

// --- transactions ---

TEST_P(ClientTest, ACommittedTransactionIsSeenWholeAndAnAbortedOneNever) {
  const std::string topic = NewTopic(2);
  const auto producer = NewProducer({.transactional_id = Name("tx")});
  ASSERT_THAT(producer->Begin(), IsOk());
  Append(*producer, {topic, 0}, {"a"});
  Append(*producer, {topic, 1}, {"b"});
  Flush(*producer);
  EXPECT_THAT(Values(ReadAll({topic, 0})), IsEmpty());
  EXPECT_THAT(Values(ReadAll({topic, 0}, kBeginning, Isolation::kReadUncommitted)),
              ElementsAre("a"));
  auto ends = client_->Ends({{topic, 0}}).at({topic, 0});
  ASSERT_THAT(ends, IsOk());
  EXPECT_EQ(ends->last_stable, Offset(0));
  EXPECT_EQ(ends->high_watermark, Offset(1));
  ASSERT_THAT(producer->Commit(kLongMs), IsOk());
  WaitForStable({topic, 0}, Offset(2));
  WaitForStable({topic, 1}, Offset(2));
  EXPECT_THAT(Values(ReadAll({topic, 0})), ElementsAre("a"));
  EXPECT_THAT(Values(ReadAll({topic, 1})), ElementsAre("b"));

  ASSERT_THAT(producer->Begin(), IsOk());
  Append(*producer, {topic, 0}, {"never"});
  Flush(*producer);
  ASSERT_THAT(producer->Abort(kLongMs), IsOk());
  ASSERT_THAT(producer->Begin(), IsOk());
  Append(*producer, {topic, 0}, {"c"});
  ASSERT_THAT(producer->Commit(kLongMs), IsOk());
  WaitForStable({topic, 0}, Offset(6));  // three records, each with the marker behind it
  EXPECT_THAT(Values(ReadAll({topic, 0})), ElementsAre("a", "c"));
  EXPECT_THAT(Values(ReadAll({topic, 0}, kBeginning, Isolation::kReadUncommitted)),
              ElementsAre("a", "never", "c"));
}

TEST_P(ClientTest, AReaderPassesMarkersAndAbortedRecordsToTheEnd) {
  const TopicPartition partition{NewTopic(), 0};
  const auto producer = NewProducer({.transactional_id = Name("tx")});
  ASSERT_THAT(producer->Begin(), IsOk());
  Append(*producer, partition, {"never", "ever"});
  Flush(*producer);
  ASSERT_THAT(producer->Abort(kLongMs), IsOk());
  WaitForStable(partition, Offset(3));  // two records and a marker
  const auto ends = client_->Ends({partition}).at(partition);
  ASSERT_THAT(ends, IsOk());
  auto reader = client_->OpenReader({});
  ASSERT_THAT(reader, IsOk());
  ASSERT_THAT((*reader)->Assign({{partition, kBeginning}}), IsOk());
  Offset end{-1};
  while ((*reader)->Positions().at(partition) < ends->last_stable) {
    const auto batches = (*reader)->Poll(kLongMs);
    ASSERT_THAT(batches, IsOk());
    ASSERT_THAT(*batches, SizeIs(1));
    EXPECT_THAT((*batches)[0].records, IsEmpty());
    end = (*batches)[0].end;
  }
  EXPECT_EQ(end, ends->last_stable);
}

TEST_P(ClientTest, AnEmptyTransactionMayEndEitherWay) {
  const auto producer = NewProducer({.transactional_id = Name("tx")});
  ASSERT_THAT(producer->Begin(), IsOk());
  ASSERT_THAT(producer->Commit(kLongMs), IsOk());
  ASSERT_THAT(producer->Begin(), IsOk());
  ASSERT_THAT(producer->Abort(kLongMs), IsOk());
}

TEST_P(ClientTest, OffsetsOfAGroupMoveWithTheTransaction) {
  const std::string topic = NewTopic(2);
  const std::string group = Name("g");
  const auto producer = NewProducer({.transactional_id = Name("tx")});
  ASSERT_THAT(producer->Begin(), IsOk());
  Append(*producer, {topic, 1}, {"result"});
  ASSERT_THAT(producer->SendOffsets(group, {{{topic, 0}, {Offset(7), "seven"}}}), IsOk());
  ASSERT_THAT(producer->Commit(kLongMs), IsOk());
  auto offsets = client_->GroupOffsets(group);
  Eventually([&] {
    offsets = client_->GroupOffsets(group);
    return !offsets.ok() || !offsets->empty();
  });
  ASSERT_THAT(offsets, IsOk());
  EXPECT_EQ(*offsets, (ByPartition<logs::GroupOffset>{{{topic, 0}, {Offset(7), "seven"}}}));

  ASSERT_THAT(producer->Begin(), IsOk());
  ASSERT_THAT(producer->SendOffsets(group, {{{topic, 0}, {Offset(9), ""}}}), IsOk());
  ASSERT_THAT(producer->Abort(kLongMs), IsOk());
  offsets = client_->GroupOffsets(group);
  ASSERT_THAT(offsets, IsOk());
  EXPECT_EQ(offsets->at({topic, 0}).offset, Offset(7));
}

TEST_P(ClientTest, ASecondProducerOfOneIdFencesTheFirstAndAbortsItsTransaction) {
  const TopicPartition partition{NewTopic(), 0};
  const std::string id = Name("tx");
  auto first = NewProducer({.transactional_id = id});
  ASSERT_THAT(first->Begin(), IsOk());
  Append(*first, partition, {"of the first"});
  Flush(*first);

  const auto second = NewProducer({.transactional_id = id});
  EXPECT_THAT(first->Commit(kLongMs), Fails(Code::kConflict));
  ASSERT_THAT(second->Begin(), IsOk());
  Append(*second, partition, {"of the second"});
  ASSERT_THAT(second->Commit(kLongMs), IsOk());
  WaitForStable(partition, Offset(4));
  EXPECT_THAT(Values(ReadAll(partition)), ElementsAre("of the second"));
}

TEST_P(ClientTest, AProducerThatGoesAbortsWhatIsOpen) {
  const TopicPartition partition{NewTopic(), 0};
  {
    const auto producer = NewProducer({.transactional_id = Name("tx")});
    ASSERT_THAT(producer->Begin(), IsOk());
    Append(*producer, partition, {"never"});
    Flush(*producer);
  }
  const auto other = NewProducer();
  Append(*other, partition, {"after"});
  Flush(*other);
  WaitForStable(partition, Offset(3));
  EXPECT_THAT(Values(ReadAll(partition)), ElementsAre("after"));
}

// --- groups ---

TEST_P(ClientTest, OffsetsOfAGroupAreCommittedFetchedAndDeleted) {
  const std::string topic = NewTopic(2);
  const std::string group = Name("g");
  EXPECT_THAT(OffsetsOf(group), IsEmpty());
  const auto committed = client_->CommitOffsets(
      group, {{{topic, 0}, {Offset(3), "three"}}, {{topic, 1}, {Offset(0), ""}}});
  ASSERT_THAT(committed, SizeIs(2));
  for (const auto& [partition, outcome] : committed) ASSERT_THAT(outcome, IsOk());
  auto offsets = client_->GroupOffsets(group);
  ASSERT_THAT(offsets, IsOk());
  EXPECT_EQ(*offsets, (ByPartition<logs::GroupOffset>{{{topic, 0}, {Offset(3), "three"}},
                                                      {{topic, 1}, {Offset(0), ""}}}));
  ASSERT_THAT(client_->DeleteOffsets(group, {{topic, 0}}).at({topic, 0}), IsOk());
  offsets = client_->GroupOffsets(group);
  ASSERT_THAT(offsets, IsOk());
  EXPECT_EQ(*offsets, (ByPartition<logs::GroupOffset>{{{topic, 1}, {Offset(0), ""}}}));
}

TEST_P(ClientTest, AGroupIsListedDescribedAndDeleted) {
  const std::string topic = NewTopic();
  const std::string group = Name("g");
  EXPECT_THAT(client_->Group(group), Fails(Code::kNotFound));
  ASSERT_THAT(client_->CommitOffsets(group, {{{topic, 0}, {Offset(1), ""}}}).at({topic, 0}),
              IsOk());
  const auto is_it = [&](const logs::GroupSummary& one) { return one.group == group; };
  auto groups = client_->Groups();
  ASSERT_THAT(groups, IsOk());
  const auto listed = std::find_if(groups->begin(), groups->end(), is_it);
  ASSERT_NE(listed, groups->end());
  EXPECT_EQ(listed->state, "Empty");
  const auto described = client_->Group(group);
  ASSERT_THAT(described, IsOk());
  EXPECT_EQ(described->state, "Empty");
  EXPECT_THAT(described->members, IsEmpty());

  ASSERT_THAT(client_->DeleteGroup(group), IsOk());
  groups = client_->Groups();
  ASSERT_THAT(groups, IsOk());
  EXPECT_TRUE(std::none_of(groups->begin(), groups->end(), is_it));
  EXPECT_THAT(OffsetsOf(group), IsEmpty());
  EXPECT_THAT(client_->DeleteGroup(group), Fails(Code::kNotFound));
}

INSTANTIATE_TEST_SUITE_P(, ClientTest, testing::ValuesIn(Peers()),
                         [](const auto& one) { return one.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ClientTest);

}  // namespace
}  // namespace conformance
