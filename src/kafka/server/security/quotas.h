// Quotas: how fast a user or client may go (KIP-13, KIP-546), kept in the metadata store, and how
// far ahead of that each is. A client ahead of its quota is answered and then not heard for a while
// (KIP-219). Owner; THREAD: any. docs/security.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/server/authorizer.h"

namespace kafka::server {

class MetadataStore;

enum class QuotaKind : uint8_t {
  kProduceBytes,
  kFetchBytes,
  kRequestMicros,  // time spent on requests; the quota is a percentage of one thread
};

// Of "user", "client-id" or "ip": its name; nullopt: those that no entry names.
using QuotaEntity = std::map<std::string, std::optional<std::string>>;
// "producer_byte_rate" -> 1048576.
using QuotaValues = std::map<std::string, double>;

class Quotas {
 public:
  // `store` and `clock` are borrowed. ERRORS: kCorruption: an entry of the store is no quota.
  static base::Result<std::unique_ptr<Quotas>> Open(MetadataStore& store, const base::Clock& clock);

  // Counts `amount`; how long the client is to pause, in ms: 0 while within its quota.
  int64_t Charge(const Principal& principal, std::string_view client_id, QuotaKind kind,
                 int64_t amount);
  // The most to give a client at once, so that it need not pause for long; nullopt: no quota.
  [[nodiscard]] std::optional<int64_t> AtOnce(const Principal& principal,
                                              std::string_view client_id, QuotaKind kind) const;

  [[nodiscard]] std::map<QuotaEntity, QuotaValues> List() const;

  struct Change {
    QuotaEntity entity;
    QuotaValues values;  // all of them, from now on; empty: the entity's quotas are removed
  };
  // Durable on return. BLOCKS. ERRORS: kIo.
  base::Result<void> Apply(const std::vector<Change>& changes);

  // Why this may not be set, as a sentence; nullopt: it may. Removing is always possible.
  [[nodiscard]] static std::optional<std::string> ProblemOf(const QuotaEntity& entity);
  [[nodiscard]] static std::optional<std::string> ProblemOf(const QuotaEntity& entity,
                                                            const std::string& key, double value);

 private:
  struct Limit {
    double per_second;
    std::string count;  // whose count it is held against
  };
  struct Count {
    double ahead = 0;  // what was charged and the rate has not yet made good
    int64_t at_ms = 0;
  };

  Quotas(MetadataStore& store, const base::Clock& clock) : store_(store), clock_(clock) {}
  [[nodiscard]] std::optional<Limit> Find(const Principal& principal, std::string_view client_id,
                                          QuotaKind kind) const;
  Count& CountOf(const std::string& name, int64_t now_ms);

  MetadataStore& store_;
  const base::Clock& clock_;
  std::mutex writing_;  // one change at a time, from the store until it shows
  std::atomic<bool> any_ = false;
  mutable std::mutex mutex_;
  std::map<QuotaEntity, QuotaValues> entries_;  // guarded by mutex_
  std::map<std::string, Count> counts_;         // guarded by mutex_
};

}  // namespace kafka::server
