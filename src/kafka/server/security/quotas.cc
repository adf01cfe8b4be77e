#include "kafka/server/security/quotas.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/limits.h"
#include "base/text.h"
#include "kafka/server/metadata_store.h"
#include "kafka/server/security/entry_key.h"

namespace kafka::server {
namespace {

namespace limits = base::limits;

constexpr std::string_view kPrefix = "quota/";
constexpr std::string_view kUserPrefix = "User:";
constexpr const char* kUser = "user";
constexpr const char* kClientId = "client-id";
constexpr const char* kIp = "ip";
constexpr double kMicrosPerPercent = 1e6 / 100;

std::string KeyName(QuotaKind kind) {
  switch (kind) {
    case QuotaKind::kProduceBytes:
      return "producer_byte_rate";
    case QuotaKind::kFetchBytes:
      return "consumer_byte_rate";
    case QuotaKind::kRequestMicros:
      return "request_percentage";
  }
  return {};
}

// "quota/client-id/=etl/user/": the user's name is left out, so all users that no entry names.
std::string KeyOf(const QuotaEntity& entity) {
  std::vector<std::string> parts = {"quota"};
  for (const auto& [type, name] : entity) {
    parts.push_back(type);
    parts.push_back(name.has_value() ? "=" + *name : "");
  }
  return EntryKey(parts);
}

std::string Text(const QuotaValues& values) {
  std::vector<std::string> pairs;
  for (const auto& [key, value] : values) {
    char text[32];
    const auto end = std::to_chars(std::begin(text), std::end(text), value).ptr;
    pairs.push_back(key + "=" + std::string(text, end));
  }
  return base::Join(pairs, ",");
}

base::Result<std::pair<QuotaEntity, QuotaValues>> Parse(const std::string& key,
                                                        const std::string& text) {
  const base::Error wrong =
      base::Corruption("the metadata store has '" + key + "', which is no quota");
  const auto parts = EntryKeyParts(key);
  if (!parts.has_value() || parts->size() < 3 || parts->size() % 2 == 0) return wrong;
  QuotaEntity entity;
  for (size_t i = 1; i < parts->size(); i += 2) {
    const std::string& name = (*parts)[i + 1];
    entity[(*parts)[i]] = name.empty() ? std::nullopt : std::optional(name.substr(1));
  }
  QuotaValues values;
  for (const std::string_view pair : base::Split(text, ',')) {
    const size_t equals = std::min(pair.find('='), pair.size() - 1);
    const std::string_view number = pair.substr(equals + 1);
    double value = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), value).ec != std::errc()) {
      return wrong;
    }
    values[std::string(pair.substr(0, equals))] = value;
  }
  return std::pair(std::move(entity), std::move(values));
}

}  // namespace

base::Result<std::unique_ptr<Quotas>> Quotas::Open(MetadataStore& store, const base::Clock& clock) {
  std::unique_ptr<Quotas> quotas(new Quotas(store, clock));
  for (const auto& [key, text] : store.WithPrefix(kPrefix)) {
    quotas->entries_.insert(TRY(Parse(key, text)));
  }
  quotas->any_ = !quotas->entries_.empty();
  return quotas;
}

// From the most special to the most general (KIP-55). A quota holds the sum of all that it is
// stated of, but a default is each one's own.
std::optional<Quotas::Limit> Quotas::Find(const Principal& principal, std::string_view client_id,
                                          QuotaKind kind) const {
  std::string_view name = principal.name;
  if (name.starts_with(kUserPrefix)) name.remove_prefix(kUserPrefix.size());
  const std::optional<std::string> user(name);
  const std::optional<std::string> client(client_id);
  const std::optional<std::string> others;
  const QuotaEntity candidates[] = {
      {{kUser, user}, {kClientId, client}},
      {{kUser, user}, {kClientId, others}},
      {{kUser, user}},
      {{kUser, others}, {kClientId, client}},
      {{kUser, others}, {kClientId, others}},
      {{kUser, others}},
      {{kClientId, client}},
      {{kClientId, others}},
  };
  const std::string key = KeyName(kind);
  for (const QuotaEntity& candidate : candidates) {
    const auto entry = entries_.find(candidate);
    if (entry == entries_.end()) continue;
    const auto value = entry->second.find(key);
    if (value == entry->second.end()) continue;
    std::vector<std::string> count = {key};
    if (candidate.contains(kUser)) count.push_back("u" + *user);
    if (candidate.contains(kClientId)) count.push_back("c" + *client);
    const double unit = kind == QuotaKind::kRequestMicros ? kMicrosPerPercent : 1;
    return Limit{.per_second = value->second * unit, .count = EntryKey(count)};
  }
  return std::nullopt;
}

Quotas::Count& Quotas::CountOf(const std::string& name, int64_t now_ms) {
  const auto found = counts_.find(name);
  if (found != counts_.end()) return found->second;
  if (counts_.size() >= limits::kKafkaQuotaCountsMax) {
    // Who was not heard of for so long has made good what a burst may be.
    std::erase_if(counts_, [&](const auto& count) {
      return now_ms - count.second.at_ms > limits::kKafkaQuotaBurstMs + limits::kKafkaThrottleMsMax;
    });
  }
  return counts_.size() < limits::kKafkaQuotaCountsMax ? counts_[name] : counts_[""];
}

int64_t Quotas::Charge(const Principal& principal, std::string_view client_id, QuotaKind kind,
                       int64_t amount) {
  if (!any_.load(std::memory_order_relaxed)) return 0;
  const int64_t now_ms = clock_.MonotonicMs();
  const std::lock_guard lock(mutex_);
  const auto limit = Find(principal, client_id, kind);
  if (!limit.has_value()) return 0;
  Count& count = CountOf(limit->count, now_ms);
  const double per_ms = limit->per_second / 1000;
  count.ahead -= per_ms * static_cast<double>(std::max<int64_t>(now_ms - count.at_ms, 0));
  count.ahead = std::max(count.ahead, 0.0) + static_cast<double>(amount);
  count.at_ms = now_ms;
  const double excess = count.ahead - per_ms * static_cast<double>(limits::kKafkaQuotaBurstMs);
  if (excess <= 0) return 0;
  const auto most = static_cast<double>(limits::kKafkaThrottleMsMax);
  return static_cast<int64_t>(std::min(std::ceil(excess / per_ms), most));
}

std::optional<int64_t> Quotas::AtOnce(const Principal& principal, std::string_view client_id,
                                      QuotaKind kind) const {
  if (!any_.load(std::memory_order_relaxed)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto limit = Find(principal, client_id, kind);
  if (!limit.has_value()) return std::nullopt;
  const double most = limit->per_second * static_cast<double>(limits::kKafkaQuotaBurstMs) / 1000;
  return static_cast<int64_t>(std::clamp(most, 1.0, 1e15));
}

std::map<QuotaEntity, QuotaValues> Quotas::List() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

base::Result<void> Quotas::Apply(const std::vector<Change>& changes) {
  std::vector<MetadataStore::Change> entries;
  for (const Change& change : changes) {
    entries.emplace_back(KeyOf(change.entity),
                         change.values.empty() ? std::nullopt : std::optional(Text(change.values)));
  }
  const std::lock_guard writing(writing_);
  TRY(store_.Put(entries));
  const std::lock_guard lock(mutex_);
  for (const Change& change : changes) {
    if (change.values.empty()) {
      entries_.erase(change.entity);
    } else {
      entries_[change.entity] = change.values;
    }
  }
  any_ = !entries_.empty();
  return {};
}

std::optional<std::string> Quotas::ProblemOf(const QuotaEntity& entity) {
  if (entity.empty()) return "A quota is of a user, a client-id or an ip.";
  for (const auto& [type, name] : entity) {
    if (type != kUser && type != kClientId && type != kIp) {
      return "There is no quota of a '" + type + "'.";
    }
    if (name.has_value() && name->empty()) return "The name of a " + type + " is empty.";
  }
  if (entity.contains(kIp) && entity.size() > 1) return "A quota of an ip is of nothing else.";
  return std::nullopt;
}

std::optional<std::string> Quotas::ProblemOf(const QuotaEntity& entity, const std::string& key,
                                             double value) {
  const std::vector<std::string> known =
      entity.contains(kIp)
          ? std::vector<std::string>{"connection_creation_rate"}
          : std::vector<std::string>{"producer_byte_rate", "consumer_byte_rate",
                                     "request_percentage", "controller_mutation_rate"};
  if (std::find(known.begin(), known.end(), key) == known.end()) {
    return "There is no quota '" + key + "' of this entity.";
  }
  if (!(value > 0) || std::isinf(value)) return "A quota is above zero.";
  if (key.ends_with("_byte_rate") && value != std::floor(value)) {
    return "The quota '" + key + "' is a whole number.";
  }
  return std::nullopt;
}

}  // namespace kafka::server
