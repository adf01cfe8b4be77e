// FetchSession: what one connection fetches again and again, so that its requests and responses
// name only what changed (KIP-227). It lives in its connection: a client that connects anew is told
// that the session is unknown and begins another, and memory is bounded by the connections. Owner;
// THREAD: the session's.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/uuid.h"
#include "log/partition.h"

namespace kafka::wire {
struct FetchRequest;
}

namespace kafka::server {

// A partition as a client wants it fetched.
struct WantedPartition {
  std::string topic = {};    // before version 13
  base::Uuid topic_id = {};  // since
  int32_t partition = 0;
  int32_t current_leader_epoch = -1;
  int32_t last_fetched_epoch = -1;
  logs::Offset fetch_offset{0};
  int32_t bytes_max = 0;
  // What the client was last told; absent: nothing yet, or an error.
  std::optional<logs::PartitionEnds> told = {};
};

enum class TopicsBy : uint8_t { kName, kId };

// The partitions of a request, in its order.
[[nodiscard]] std::list<WantedPartition> WantedOf(const wire::FetchRequest& request);

class FetchSession {
 public:
  // REQUIRES: as many partitions as a session may have, at most.
  FetchSession(int32_t id, TopicsBy topics_by, std::list<WantedPartition> wanted);

  [[nodiscard]] int32_t id() const { return id_; }
  [[nodiscard]] int32_t next_epoch() const { return next_epoch_; }
  [[nodiscard]] TopicsBy topics_by() const { return topics_by_; }

  // Takes in what an incremental request adds, changes and forgets. False: more partitions than a
  // session may have; the session is of no more use.
  [[nodiscard]] bool Update(const wire::FetchRequest& request);

  // In the order in which they are to be served.
  [[nodiscard]] std::list<WantedPartition>& wanted() { return wanted_; }
  // Puts what was just served behind the others, so that none starves where not all fit.
  void MoveToEnd(const WantedPartition& served);

 private:
  using Key = std::pair<std::pair<std::string, base::Uuid>, int32_t>;
  static Key KeyOf(const WantedPartition& wanted) {
    return {{wanted.topic, wanted.topic_id}, wanted.partition};
  }

  const int32_t id_;
  const TopicsBy topics_by_;
  int32_t next_epoch_ = 1;
  std::list<WantedPartition> wanted_;
  std::map<Key, std::list<WantedPartition>::iterator> by_key_;
};

}  // namespace kafka::server
