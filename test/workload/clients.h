// The clients of the workload: producers and consumers over librdkafka, each on a thread of its
// own, which write down what they do and are told. THREAD: the test's, but Run, which is its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workload/history.h"

namespace workload {

struct Target {
  std::string bootstrap;
  std::string topic;
  int32_t num_partitions = 3;
};

// Makes the topic. Tries for `wait_ms`; the error, "" when it is there.
std::string MakeTopic(const Target& target, int64_t wait_ms);

class Actor {
 public:
  virtual ~Actor() = default;
  // Until `stop`; then brings what is under way to its end.
  virtual void Run(const std::atomic<bool>& stop) = 0;
  // What it did. REQUIRES: Run has returned. Called once.
  virtual void Report(History& history) = 0;
};

enum class ProducerKind : uint8_t { kPlain, kIdempotent };

// `number`: of this actor, different from all others'; its values and sessions come from it.
std::unique_ptr<Actor> NewProducer(const Target& target, ProducerKind kind, int number,
                                   uint64_t seed);
// Commits most of its transactions, aborts some, and vanishes in the midst of others.
std::unique_ptr<Actor> NewTransactionalProducer(const Target& target, int number, uint64_t seed);

// Copies what is committed in `from` to the same partitions of `to`, each batch in a transaction
// with the offsets it was read to; aborts some and vanishes in others. Ends when all is copied.
std::unique_ptr<Actor> NewCopier(const Target& from, const Target& to, uint64_t seed);

enum class Reads : uint8_t { kAll, kCommitted };

// Reads all partitions from the beginning.
std::unique_ptr<Actor> NewReader(const Target& target, Reads reads, int number);
// A member of group "workload" that leaves and comes back now and then.
std::unique_ptr<Actor> NewGroupMember(const Target& target, int number, uint64_t seed);

// All there is, from the beginning of each partition to its end. Tries for `wait_ms`; the error, ""
// when all was read.
std::string ReadToEnd(const Target& target, Reads reads, int64_t wait_ms, std::vector<Seen>& seen);

}  // namespace workload
