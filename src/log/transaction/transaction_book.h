// TransactionBook: every transactional id, what stands of each and who may change it now. An entry
// is changed only by whoever has its turn; readers see what was appended last. Nobody waits for a
// turn inside a lock: he is told when to look again. Owner; THREAD: any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.h"
#include "log/transaction/transaction_metadata.h"
#include "log/watcher.h"

namespace logs {

class TransactionBook {
 public:
  struct Entry {
    explicit Entry(std::string transactional_id) : id(std::move(transactional_id)) {}
    const std::string id;

    // Written under the book's mutex by the one who has the turn; he reads them without it.
    std::optional<TransactionMetadata> metadata = {};  // as appended last; absent: nothing was yet

    // Of the one who has the turn.
    Ticket ticket = {};         // of that append
    bool unsaved = false;       // it may be lost: it must be appended again before all else
    bool marked = false;        // while preparing: every partition was given its marker,
    Ticket markers = {};        // the last of them under this ticket
    int64_t not_before_ms = 0;  // monotonic; after the log refused: when to try again

   private:
    friend class TransactionBook;
    // Under the book's mutex.
    bool taken_ = false;
    int appending_ = 0;
    std::vector<std::weak_ptr<Watcher>> turn_waiters_;
    std::vector<std::weak_ptr<Watcher>> append_waiters_;
  };

  // The right to change an entry. Ends with the object; an entry without metadata then goes.
  class Turn {
   public:
    Turn(TransactionBook* book, std::shared_ptr<Entry> entry)
        : book_(book), entry_(std::move(entry)) {}
    Turn(Turn&& other) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (entry_ != nullptr) book_->End(*entry_);
    }
    [[nodiscard]] Entry& operator*() const { return *entry_; }
    [[nodiscard]] Entry* operator->() const { return entry_.get(); }
    [[nodiscard]] const std::shared_ptr<Entry>& shared() const { return entry_; }

   private:
    TransactionBook* book_;
    std::shared_ptr<Entry> entry_;
  };

  // Records are about to be appended for the entry's transaction: its markers wait until this ends.
  class Appending {
   public:
    Appending(TransactionBook* book, std::shared_ptr<Entry> entry)
        : book_(book), entry_(std::move(entry)) {}
    Appending(Appending&& other) noexcept = default;
    Appending& operator=(Appending&&) = delete;
    ~Appending() {
      if (entry_ != nullptr) book_->EndAppending(*entry_);
    }

   private:
    TransactionBook* book_;
    std::shared_ptr<Entry> entry_;
  };

  enum class IfAbsent : uint8_t { kMake, kLeave };
  struct Taken {
    std::optional<Turn> turn = {};
    bool absent = false;  // with kLeave: there is no such id
    bool full = false;    // with kMake: there are too many
  };
  // Without a turn, absent or full: somebody else has it, and `maybe_watcher` is told when he is
  // done.
  Taken Take(std::string_view transactional_id, IfAbsent if_absent,
             const std::shared_ptr<Watcher>& maybe_watcher);

  // What a turn's owner changes. `metadata` absent: the id is forgotten.
  void Set(const Turn& turn, std::optional<TransactionMetadata> metadata);
  // REQUIRES: the turn's transaction is going on.
  Appending BeginAppending(const Turn& turn);
  // Is anybody appending? Then `maybe_watcher` is told when the last is done.
  bool IsAppending(const Turn& turn, const std::shared_ptr<Watcher>& maybe_watcher);

  [[nodiscard]] std::optional<TransactionMetadata> Find(std::string_view transactional_id) const;
  // Calls `visit` with each id that has metadata, in order. REQUIRES: visit calls nothing of this.
  void ForEach(
      const std::function<void(const std::string&, const TransactionMetadata&)>& visit) const;

 private:
  void End(Entry& entry);
  void EndAppending(Entry& entry);

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>, std::less<>> entries_;
};

}  // namespace logs
