// Producers, consumers and transactions against `tributary up` while it is killed, stopped, out of
// disk and hit by I/O errors; then the checker reads what they were told. TRIBUTARY_SEED repeats a
// run, TRIBUTARY_WORKLOAD_SECONDS makes it longer (`./dev soak`).
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/random.h"
#include "env/pause.h"
#include "workload/broker_process.h"
#include "workload/checker.h"
#include "workload/clients.h"

namespace workload {
namespace {

int64_t Number(const char* variable, int64_t otherwise) {
  const char* text = getenv(variable);
  return text == nullptr ? otherwise : std::strtoll(text, nullptr, 10);
}

void PauseMs(uint64_t ms) { env::Pause(static_cast<int64_t>(ms) * 1'000); }

enum class Disturbance : uint8_t { kKill, kStop, kFullDisk, kIoError };

class WorkloadTest : public testing::Test {
 protected:
  WorkloadTest() : seed_(static_cast<uint64_t>(Number("TRIBUTARY_SEED", 1))), random_(seed_) {}

  void Disturb(BrokerProcess& broker, Disturbance disturbance) {
    std::string why;
    switch (disturbance) {
      case Disturbance::kKill:
        broker.Kill();
        PauseMs(random_.Below(300));
        broker.Start();
        break;
      case Disturbance::kStop:
        broker.Pause();
        PauseMs(100 + random_.Below(1'500));
        broker.Resume();
        break;
      case Disturbance::kFullDisk:
        broker.FillDisk();
        PauseMs(200 + random_.Below(800));
        broker.FreeDisk();
        // Half of the time it has to find its way by itself, unless it was just starting: then it
        // said that there is no room and ended.
        PauseMs(500);
        if (random_.Below(2) == 0 || broker.Ended(why)) Restart(broker);
        break;
      case Disturbance::kIoError:
        // What an operator does whose disk has failed once: look, then start again.
        broker.FailCall(1 + static_cast<int64_t>(random_.Below(60)));
        PauseMs(500 + random_.Below(500));
        Restart(broker);
        break;
    }
    EXPECT_FALSE(broker.Ended(why)) << "the broker ended by itself: " << why;
    PauseMs(300 + random_.Below(900));
  }
  static void Restart(BrokerProcess& broker) {
    broker.Kill();
    broker.Start();
  }

  // For as long as a run lasts, in this order and then in any.
  void DisturbFor(BrokerProcess& broker, const std::vector<Disturbance>& disturbances) {
    const auto end = std::chrono::steady_clock::now() +
                     std::chrono::seconds(Number("TRIBUTARY_WORKLOAD_SECONDS", 6));
    for (size_t i = 0; std::chrono::steady_clock::now() < end; ++i) {
      const bool next = i < disturbances.size();
      Disturb(broker, disturbances[next ? i : random_.Below(disturbances.size())]);
    }
  }

  // The clients' history of a run during which `disturb` had its way with the broker.
  History RunWhile(const std::function<void(BrokerProcess&)>& disturb) {
    History history;
    const std::string folder = (std::filesystem::temp_directory_path() /
                                ("tributary-workload-" + std::to_string(getpid()) + "-" +
                                 testing::UnitTest::GetInstance()->current_test_info()->name()))
                                   .string();
    BrokerProcess broker(folder);
    broker.Start();
    const Target target{.bootstrap = broker.bootstrap(), .topic = "queue"};
    const Target copy{.bootstrap = broker.bootstrap(), .topic = "copy"};
    const std::string problem = MakeTopic(target, 20'000) + MakeTopic(copy, 20'000);
    EXPECT_EQ(problem, "");
    if (!problem.empty()) return history;

    std::vector<std::unique_ptr<Actor>> writers;
    std::vector<std::unique_ptr<Actor>> readers;
    int number = 0;
    for (int i = 0; i < 2; ++i) {
      writers.push_back(NewProducer(target, ProducerKind::kPlain, ++number, random_.Next()));
      writers.push_back(NewProducer(target, ProducerKind::kIdempotent, ++number, random_.Next()));
      writers.push_back(NewTransactionalProducer(target, ++number, random_.Next()));
      readers.push_back(NewGroupMember(target, ++number, random_.Next()));
    }
    readers.push_back(NewReader(target, Reads::kAll, ++number));
    readers.push_back(NewReader(target, Reads::kCommitted, ++number));

    std::atomic<bool> writers_stop = false;
    std::atomic<bool> readers_stop = false;
    std::vector<std::jthread> reading;
    for (const auto& reader : readers) {
      reading.emplace_back([&reader, &readers_stop] { reader->Run(readers_stop); });
    }
    std::atomic<bool> copier_stop = false;
    const auto copier = NewCopier(target, copy, random_.Next());
    std::jthread copying([&] { copier->Run(copier_stop); });
    {
      std::vector<std::jthread> writing;
      for (const auto& writer : writers) {
        writing.emplace_back([&writer, &writers_stop] { writer->Run(writers_stop); });
      }
      PauseMs(500);
      disturb(broker);
      // Once more from the disk alone, and to an end in peace.
      Restart(broker);
      writers_stop = true;
    }

    copier_stop = true;
    copying.join();
    for (const auto& writer : writers) writer->Report(history);
    EXPECT_EQ(ReadToEnd(target, Reads::kAll, 30'000, history.final_all), "");
    EXPECT_EQ(ReadToEnd(target, Reads::kCommitted, 30'000, history.final_committed), "");
    EXPECT_EQ(ReadToEnd(copy, Reads::kCommitted, 30'000, history.final_copy.emplace()), "");
    readers_stop = true;
    reading.clear();
    for (const auto& reader : readers) reader->Report(history);
    std::string why;
    EXPECT_FALSE(broker.Ended(why)) << why;
    printf("%lld calls failed; ", static_cast<long long>(broker.faults()));
    if (!HasFailure()) std::filesystem::remove_all(folder);
    return history;
  }

  // What was done, in a line; a run in which little happened says nothing.
  void ExpectMuchHappened(const History& history) const {
    size_t acknowledged = 0;
    size_t seen = 0;
    std::map<Outcome, size_t> outcomes;
    for (const Send& send : history.sends) acknowledged += send.fate == Fate::kAcknowledged ? 1 : 0;
    for (const Poll& poll : history.polls) seen += poll.seen.size();
    for (const auto& [id, outcome] : history.transactions) ++outcomes[outcome];
    printf(
        "seed %llu: %zu sent, %zu acknowledged, %zu seen, %zu in the log; transactions: %zu "
        "committed, %zu aborted, %zu unknown\n",
        static_cast<unsigned long long>(seed_), history.sends.size(), acknowledged, seen,
        history.final_all.size(), outcomes[Outcome::kCommitted], outcomes[Outcome::kAborted],
        outcomes[Outcome::kUnknown]);
    EXPECT_GT(acknowledged, 200u);
    EXPECT_GT(seen, 200u);
    EXPECT_GT(outcomes[Outcome::kCommitted], 3u);
  }
  void ExpectPromisesKept(const History& history) const {
    ExpectMuchHappened(history);
    for (const Violation& violation : Check(history)) {
      ADD_FAILURE() << PropertyName(violation.property) << ": " << violation.what << " (seed "
                    << seed_ << ")";
    }
  }

  const uint64_t seed_;
  base::Random random_;
};

TEST_F(WorkloadTest, TheLogKeepsItsPromisesWhenItIsKilledAndStopped) {
  ExpectPromisesKept(RunWhile([this](BrokerProcess& broker) {
    DisturbFor(broker, {Disturbance::kKill, Disturbance::kStop});
  }));
}

TEST_F(WorkloadTest, TheLogKeepsItsPromisesWhenItsDiskIsFullOrFails) {
  ExpectPromisesKept(RunWhile([this](BrokerProcess& broker) {
    DisturbFor(broker, {Disturbance::kFullDisk, Disturbance::kIoError});
  }));
}

// That the workload can fail: a disk that forgets what it had acknowledged.
TEST_F(WorkloadTest, ADiskThatForgetsIsFound) {
  const History history = RunWhile([](BrokerProcess& broker) {
    broker.Kill();
    broker.SaveLog();
    broker.Start();
    PauseMs(1'500);
    broker.Kill();
    broker.RestoreLog();
    broker.Start();
    PauseMs(500);
  });
  std::set<Property> broken;
  for (const Violation& violation : Check(history)) broken.insert(violation.property);
  EXPECT_THAT(broken, testing::Contains(Property::kNoLostWrite));
  EXPECT_THAT(broken, testing::Contains(Property::kOneValuePerOffset));
}

}  // namespace
}  // namespace workload
