#include "log/transaction/transaction_book.h"

#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace logs {
namespace {

using Watchers = std::vector<std::weak_ptr<Watcher>>;

void Register(Watchers& watchers, const std::shared_ptr<Watcher>& maybe_watcher) {
  if (maybe_watcher == nullptr) return;
  for (const auto& known : watchers) {
    if (known.lock() == maybe_watcher) return;
  }
  watchers.push_back(maybe_watcher);
}

void NotifyAll(const Watchers& watchers) {
  for (const auto& watcher : watchers) {
    if (const auto alive = watcher.lock()) alive->Notify();
  }
}

}  // namespace

TransactionBook::Taken TransactionBook::Take(std::string_view transactional_id, IfAbsent if_absent,
                                             const std::shared_ptr<Watcher>& maybe_watcher) {
  const std::lock_guard lock(mutex_);
  auto it = entries_.find(transactional_id);
  if (it == entries_.end()) {
    if (if_absent == IfAbsent::kLeave) return {.absent = true};
    if (entries_.size() >= base::limits::kTransactionalIdsMax) return {.full = true};
    std::string id(transactional_id);
    it = entries_.emplace(id, std::make_shared<Entry>(id)).first;
  }
  Entry& entry = *it->second;
  if (entry.taken_) {
    Register(entry.turn_waiters_, maybe_watcher);
    return {};
  }
  entry.taken_ = true;
  Taken taken;
  taken.turn.emplace(this, it->second);
  return taken;
}

void TransactionBook::Set(const Turn& turn, std::optional<TransactionMetadata> metadata) {
  const std::lock_guard lock(mutex_);
  turn->metadata = std::move(metadata);
}

TransactionBook::Appending TransactionBook::BeginAppending(const Turn& turn) {
  const std::lock_guard lock(mutex_);
  ++turn->appending_;
  return Appending(this, turn.shared());
}

bool TransactionBook::IsAppending(const Turn& turn, const std::shared_ptr<Watcher>& maybe_watcher) {
  const std::lock_guard lock(mutex_);
  if (turn->appending_ == 0) return false;
  Register(turn->append_waiters_, maybe_watcher);
  return true;
}

void TransactionBook::End(Entry& entry) {
  Watchers waiters;
  {
    const std::lock_guard lock(mutex_);
    CHECK(entry.taken_);
    entry.taken_ = false;
    waiters.swap(entry.turn_waiters_);
    if (!entry.metadata.has_value()) entries_.erase(entry.id);
  }
  NotifyAll(waiters);
}

void TransactionBook::EndAppending(Entry& entry) {
  Watchers waiters;
  {
    const std::lock_guard lock(mutex_);
    CHECK(entry.appending_ > 0);
    if (--entry.appending_ > 0) return;
    waiters.swap(entry.append_waiters_);
  }
  NotifyAll(waiters);
}

std::optional<TransactionMetadata> TransactionBook::Find(std::string_view transactional_id) const {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(transactional_id);
  return it == entries_.end() ? std::nullopt : it->second->metadata;
}

void TransactionBook::ForEach(
    const std::function<void(const std::string&, const TransactionMetadata&)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, entry] : entries_) {
    if (entry->metadata.has_value()) visit(id, *entry->metadata);
  }
}

}  // namespace logs
