// A seeded simulation of the log: lives of random appends, duplicates, transactions, housekeeping and
// faults, each ended by a loss of power. After each: nothing acknowledged is lost, an offset has one
// value, no value of an idempotent producer stands twice, nothing aborted is read as committed, and
// no reader sees what is not safe. TRIBUTARY_SEED repeats a run; TRIBUTARY_SIM_LIVES makes it longer.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "env/faulty_files.h"
#include "env/memory_files.h"
#include "log/log.h"
#include "log/record/record_batch.h"

namespace logs {
namespace {

uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// An append whose answer is awaited, or was never given.
struct Sent {
  std::string bytes;
  std::string value;
  Offset offset = kNoOffset;
  Ticket ticket;
};

// One producer of one topic. Its values are its name and a number.
struct Producer {
  ProducerId id;
  bool transactional = false;
  int16_t epoch = 0;
  int32_t sequence = 0;
  int number = 0;
  std::vector<Sent> sent;           // in order, not acknowledged yet
  std::vector<std::string> in_open_transaction;
  bool ending = false;              // a marker must be written, again after a crash
  bool commits = false;
};

struct Model {
  std::map<Offset, std::string> acknowledged;
  std::set<std::string> committed;  // their marker is acknowledged
  std::set<std::string> aborted;
  std::set<std::string> undecided;  // of a transaction that has not ended
  Offset log_start_asked{0};
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : random_(seed) {
    producers_.push_back({.id = ProducerId(1)});
    producers_.push_back({.id = ProducerId(2)});
    producers_.push_back({.id = ProducerId(3), .transactional = true});
    producers_.push_back({.id = ProducerId(4), .transactional = true});
  }

  void Live() {
    faulty_ = std::make_unique<env::FaultyFiles>(disk_.get());
    Open(faulty_.get());
    if (log_->Find("t") == nullptr) {
      ASSERT_TRUE(log_->CreateTopic({.name = "t", .configs = {{"segment.bytes", "700"}}}).ok());
    }
    partition_ = log_->Find("t")->partitions[0];
    Check();
    if (testing::Test::HasFailure()) return;
    const auto fault = static_cast<env::FileFault>(random_.Below(4));
    faulty_->FailCall(static_cast<int64_t>(1 + random_.Below(150)), fault);
    for (int step = 0; step < 60 && !testing::Test::HasFailure(); ++step) Step();
    partition_ = nullptr;
    // The power goes; half of the time the log was closed before.
    if (random_.Below(2) == 0) faulty_->FailCall(1, env::FileFault::kDieBefore);
    log_.reset();
    disk_->Crash(random_);
  }

 private:
  void Open(env::Files* files) {
    auto opened = Log::Open({.files = files,
                             .clock = &clock_,
                             .folder = "/log",
                             .journal_bytes = 4'000,
                             .background = false});
    ASSERT_TRUE(opened.ok()) << opened.error().ToString();
    log_ = std::move(*opened);
  }

  void Step() {
    clock_.Advance(static_cast<int64_t>(random_.Below(50)));
    switch (random_.Below(10)) {
      case 0:
        static_cast<void>(log_->KeepHouse().ok());
        return;
      case 1:
        if (random_.Below(4) == 0) DeleteRecords();
        return;
      case 2:
      case 3:
        static_cast<void>(log_->Sync().ok());
        Collect();
        return;
      default:
        Act(producers_[random_.Below(producers_.size())]);
    }
  }

  void DeleteRecords() {
    const Offset end = partition_->Ends().high_watermark;
    if (end.get() == 0) return;
    const Offset to(static_cast<int64_t>(random_.Below(static_cast<uint64_t>(end.get()))));
    model_.log_start_asked = std::max(model_.log_start_asked, to);
    static_cast<void>(partition_->DeleteRecords(to).ok());
  }

  void Act(Producer& producer) {
    if (producer.ending) {
      End(producer);
    } else if (producer.sent.size() >= 4 || (!producer.sent.empty() && random_.Below(3) == 0)) {
      // What was not answered, or was: all of it again, in order.
      for (Sent& sent : producer.sent) {
        if (!Send(sent)) return;
      }
    } else if (producer.transactional && !producer.in_open_transaction.empty() &&
               producer.sent.empty() && random_.Below(3) == 0) {
      producer.ending = true;
      producer.commits = random_.Below(2) == 0;
      End(producer);
    } else {
      Sent sent = Next(producer);
      Send(sent);
      producer.sent.push_back(std::move(sent));
    }
  }

  Sent Next(Producer& producer) {
    Sent sent;
    sent.value = std::to_string(producer.id.get()) + "-" + std::to_string(producer.number++);
    BatchBuilder builder({.compression = static_cast<Compression>(random_.Below(kNumCompressions)),
                          .producer_id = producer.id,
                          .producer_epoch = producer.epoch,
                          .base_sequence = producer.sequence++,
                          .transactional = producer.transactional});
    builder.Append({.key = "k", .value = sent.value, .timestamp_ms = clock_.NowUnixMs()});
    sent.bytes = std::move(builder).Finish().value();
    if (producer.transactional) {
      producer.in_open_transaction.push_back(sent.value);
      model_.undecided.insert(sent.value);
    }
    return sent;
  }

  // False: not taken now.
  bool Send(Sent& sent) {
    std::string bytes = sent.bytes;
    const AppendResult result = partition_->Append({.batches = bytes});
    if (result.error != ErrorCode::kNone) {
      EXPECT_TRUE(result.error == ErrorCode::kKafkaStorageError ||
                  result.error == ErrorCode::kOutOfOrderSequenceNumber)
          << ErrorCodeName(result.error) << ": " << result.message;
      return false;
    }
    // A duplicate stands where its first append did, within one life of the log.
    if (sent.offset != kNoOffset) {
      EXPECT_EQ(sent.offset, result.base_offset) << sent.value;
    }
    sent.offset = result.base_offset;
    sent.ticket = result.ticket;
    return true;
  }

  void End(Producer& producer) {
    const AppendResult result = partition_->AppendMarker({.producer_id = producer.id,
                                                          .producer_epoch = producer.epoch,
                                                          .commit = producer.commits});
    if (result.error != ErrorCode::kNone || !log_->Sync().ok()) return;
    if (log_->IsDurable(result.ticket) != Durable::kYes) return;
    for (const std::string& value : producer.in_open_transaction) {
      model_.undecided.erase(value);
      (producer.commits ? model_.committed : model_.aborted).insert(value);
    }
    producer.in_open_transaction.clear();
    producer.ending = false;
  }

  void Collect() {
    for (Producer& producer : producers_) {
      std::erase_if(producer.sent, [&](const Sent& sent) {
        if (sent.offset == kNoOffset || log_->IsDurable(sent.ticket) != Durable::kYes) return false;
        model_.acknowledged[sent.offset] = sent.value;
        return true;
      });
    }
  }

  std::map<Offset, std::string> ReadAll(Isolation isolation) {
    std::map<Offset, std::string> found;
    const PartitionEnds ends = partition_->Ends();
    Offset next = ends.log_start;
    while (true) {
      const ReadResult read = partition_->Read(
          {.offset = next, .bytes_max = 1 + random_.Below(2'000), .isolation = isolation});
      EXPECT_EQ(read.error, ErrorCode::kNone) << read.message;
      if (read.batches.empty()) return found;
      BatchWalk walk(read.batches);
      while (const auto batch = walk.Next()) {
        EXPECT_TRUE(CheckBatch(batch->bytes()).ok());
        EXPECT_LE(batch->next_offset(), ends.high_watermark);
        next = batch->next_offset();
        if (batch->control()) {
          for (const AbortedTransaction& each : read.aborted) {
            // Behind its marker a transaction is over.
            if (each.producer_id == batch->producer_id() && each.first_offset < next) {
              over_.emplace(each.first_offset, next);
            }
          }
          continue;
        }
        bool aborted = false;
        for (const AbortedTransaction& each : read.aborted) {
          const auto over = over_.find(each.first_offset);
          if (each.producer_id == batch->producer_id() && batch->transactional() &&
              each.first_offset <= batch->base_offset() &&
              (over == over_.end() || over->second > batch->base_offset())) {
            aborted = true;
          }
        }
        if (aborted && isolation == Isolation::kReadCommitted) continue;
        RecordReader reader = RecordReader::Open(*batch, base::limits::kRecordsBytesMax).value();
        while (const auto record = reader.Next()) {
          if (record->offset >= ends.log_start) found[record->offset] = *record->value;
        }
        EXPECT_FALSE(reader.failed());
      }
    }
  }

  void Check() {
    for (Producer& producer : producers_) {
      for (Sent& sent : producer.sent) sent.offset = kNoOffset;  // it may have been lost
    }
    const PartitionEnds ends = partition_->Ends();
    EXPECT_LE(ends.log_start, model_.log_start_asked);
    const auto all = ReadAll(Isolation::kReadUncommitted);
    std::set<std::string> seen;
    for (const auto& [offset, value] : all) {
      EXPECT_TRUE(seen.insert(value).second) << "twice: " << value;
    }
    for (const auto& [offset, value] : model_.acknowledged) {
      if (offset < ends.log_start) continue;
      const auto found = all.find(offset);
      ASSERT_TRUE(found != all.end()) << "lost: " << value << " at " << offset.get();
      EXPECT_EQ(found->second, value);
    }
    over_.clear();
    const auto committed = ReadAll(Isolation::kReadCommitted);
    over_.clear();
    for (const auto& [offset, value] : committed) {
      EXPECT_FALSE(model_.aborted.contains(value)) << "aborted: " << value;
      EXPECT_EQ(all.at(offset), value);
    }
    // The order of each producer is its own.
    std::map<std::string, int> last;
    for (const auto& [offset, value] : all) {
      const std::string producer = value.substr(0, value.find('-'));
      const int number = std::stoi(value.substr(value.find('-') + 1));
      const auto before = last.find(producer);
      if (before != last.end()) {
        EXPECT_LT(before->second, number);
      }
      last[producer] = number;
    }
  }

  base::Random random_;
  base::ManualClock clock_{1'700'000'000'000};
  std::unique_ptr<env::MemoryFiles> disk_ = std::make_unique<env::MemoryFiles>(&clock_);
  std::unique_ptr<env::FaultyFiles> faulty_;
  std::unique_ptr<Log> log_;
  std::shared_ptr<Partition> partition_;
  std::vector<Producer> producers_;
  Model model_;
  std::map<Offset, Offset> over_;  // aborted transactions by their first offset: behind their marker
};

TEST(LogSimTest, NoSequenceOfFaultsBreaksAPromise) {
  base::SetLogLevel(base::LogLevel::kOff);
  const uint64_t first = Setting("TRIBUTARY_SEED", 1);
  const uint64_t lives = Setting("TRIBUTARY_SIM_LIVES", 20);
  const uint64_t seeds = std::getenv("TRIBUTARY_SEED") != nullptr ? 1 : 8;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("TRIBUTARY_SEED=" + std::to_string(seed));
    Simulation simulation(seed);
    for (uint64_t life = 0; life < lives; ++life) {
      SCOPED_TRACE("life " + std::to_string(life));
      simulation.Live();
      if (testing::Test::HasFailure()) break;
    }
  }
  base::SetLogLevel(base::LogLevel::kWarn);
}

}  // namespace
}  // namespace logs
