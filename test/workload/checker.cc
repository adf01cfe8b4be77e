#include "workload/checker.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace workload {
namespace {

std::string Show(const Place& place) {
  return std::to_string(place.partition) + ":" + std::to_string(place.offset);
}
std::string Show(Value value) { return "value " + std::to_string(value); }

using PlacesByValue = std::unordered_map<Value, std::vector<Place>>;

PlacesByValue Index(const std::vector<Seen>& seen) {
  PlacesByValue places;
  for (const Seen& one : seen) places[one.value].push_back(one.place);
  return places;
}

class Checking {
 public:
  Checking(const History& history, size_t each_max)
      : history_(history),
        each_max_(each_max),
        all_(Index(history.final_all)),
        committed_(Index(history.final_committed)) {
    for (const Send& send : history.sends) sends_.emplace(send.value, &send);
  }

  std::vector<Violation> Run() {
    CheckAbortedReads();
    CheckPlaces();
    CheckAcknowledged();
    CheckSeenStays();
    CheckPolls();
    CheckSends();
    CheckDuplicates();
    CheckTransactions();
    CheckCopy();
    std::stable_sort(found_.begin(), found_.end(), [](const Violation& a, const Violation& b) {
      return a.property < b.property;
    });
    return std::move(found_);
  }

 private:
  void Found(Property property, std::string what) {
    if (counts_[property]++ < each_max_) found_.push_back({property, std::move(what)});
  }

  [[nodiscard]] Outcome OutcomeOf(int64_t transaction) const {
    const auto it = history_.transactions.find(transaction);
    return it == history_.transactions.end() ? Outcome::kUnknown : it->second;
  }

  // Calls `visit(seen, committed_only, where)` for everything that anybody saw.
  template <typename Visit>
  void ForEachSeen(Visit visit) const {
    for (const Poll& poll : history_.polls) {
      for (const Seen& seen : poll.seen) visit(seen, poll.committed_only, "a poll");
    }
    for (const Seen& seen : history_.final_all) visit(seen, false, "the end");
    for (const Seen& seen : history_.final_committed) visit(seen, true, "the end");
  }

  void CheckAbortedReads() {
    ForEachSeen([&](const Seen& seen, bool committed_only, const char* where) {
      const auto it = sends_.find(seen.value);
      if (it == sends_.end()) {
        Found(Property::kNothingInvented,
              Show(seen.value) + " at " + Show(seen.place) + " was never sent; seen in " + where);
        return;
      }
      const Send& send = *it->second;
      if (send.fate == Fate::kRejected) {
        Found(Property::kNoAbortedRead,
              Show(seen.value) + " at " + Show(seen.place) + " was rejected; seen in " + where);
      }
      if (committed_only && send.transaction != kNoTransaction &&
          OutcomeOf(send.transaction) == Outcome::kAborted) {
        Found(Property::kNoAbortedRead,
              Show(seen.value) + " at " + Show(seen.place) + " was aborted with transaction " +
                  std::to_string(send.transaction) + "; seen in " + where);
      }
    });
  }

  void CheckPlaces() {
    std::map<Place, Value> values;
    const auto tell = [&](const Place& place, Value value, const char* who) {
      const auto [it, fresh] = values.emplace(place, value);
      if (!fresh && it->second != value) {
        Found(Property::kOneValuePerOffset,
              Show(place) + " is " + Show(it->second) + " and, says " + who + ", " + Show(value));
      }
    };
    for (const Send& send : history_.sends) {
      if (send.fate == Fate::kAcknowledged && send.place.offset >= 0) {
        tell(send.place, send.value, "an acknowledgement");
      }
    }
    ForEachSeen(
        [&](const Seen& seen, bool, const char* where) { tell(seen.place, seen.value, where); });
  }

  // The last place of each partition that anybody saw.
  [[nodiscard]] std::map<int32_t, int64_t> LastSeen() const {
    std::map<int32_t, int64_t> last;
    ForEachSeen([&](const Seen& seen, bool, const char*) {
      auto& offset = last.emplace(seen.place.partition, -1).first->second;
      offset = std::max(offset, seen.place.offset);
    });
    return last;
  }

  void CheckAcknowledged() {
    const auto last = LastSeen();
    for (const Send& send : history_.sends) {
      if (send.fate != Fate::kAcknowledged) continue;
      if (send.transaction != kNoTransaction &&
          OutcomeOf(send.transaction) != Outcome::kCommitted) {
        continue;
      }
      const auto it = committed_.find(send.value);
      const bool there = it != committed_.end() &&
                         (send.place.offset < 0 || std::find(it->second.begin(), it->second.end(),
                                                             send.place) != it->second.end());
      if (there) continue;
      const auto later = last.find(send.place.partition);
      const bool overtaken = later != last.end() && later->second > send.place.offset;
      Found(overtaken ? Property::kNoLostWrite : Property::kNothingUnseen,
            Show(send.value) + " of producer " + std::to_string(send.producer) +
                " was acknowledged at " + Show(send.place) + " and is not there in the end");
    }
  }

  // What was seen once is there in the end.
  void CheckSeenStays() {
    for (const Poll& poll : history_.polls) {
      const PlacesByValue& final_places = poll.committed_only ? committed_ : all_;
      for (const Seen& seen : poll.seen) {
        const auto it = final_places.find(seen.value);
        if (it == final_places.end() ||
            std::find(it->second.begin(), it->second.end(), seen.place) == it->second.end()) {
          Found(Property::kNoLostWrite, Show(seen.value) + " was seen at " + Show(seen.place) +
                                            " and is not there in the end");
        }
      }
    }
  }

  void CheckPolls() {
    std::map<int32_t, std::vector<int64_t>> all = Offsets(history_.final_all);
    std::map<int32_t, std::vector<int64_t>> committed = Offsets(history_.final_committed);
    std::map<std::tuple<int, int64_t, int32_t>, int64_t> last;
    for (const Poll& poll : history_.polls) {
      const auto& log = poll.committed_only ? committed : all;
      for (const Seen& seen : poll.seen) {
        const auto key = std::tuple(poll.consumer, poll.session, seen.place.partition);
        const auto [it, first] = last.emplace(key, seen.place.offset);
        if (first) continue;
        CheckStep(poll, it->second, seen.place, log);
        it->second = seen.place.offset;
      }
    }
  }

  // The step of a consumer from `from` to `to`: forward, and over nothing.
  void CheckStep(const Poll& poll, int64_t from, const Place& to,
                 const std::map<int32_t, std::vector<int64_t>>& log) {
    const std::string who = "consumer " + std::to_string(poll.consumer) + " went from " +
                            std::to_string(from) + " to " + Show(to);
    if (to.offset <= from) {
      Found(Property::kOrderInPoll, who);
      return;
    }
    const auto offsets = log.find(to.partition);
    if (offsets == log.end()) return;
    const auto skipped = std::upper_bound(offsets->second.begin(), offsets->second.end(), from);
    if (skipped != offsets->second.end() && *skipped < to.offset) {
      Found(Property::kOrderInPoll, who + " over " + std::to_string(*skipped));
    }
  }

  static std::map<int32_t, std::vector<int64_t>> Offsets(const std::vector<Seen>& seen) {
    std::map<int32_t, std::vector<int64_t>> offsets;
    for (const Seen& one : seen) offsets[one.place.partition].push_back(one.place.offset);
    for (auto& [partition, list] : offsets) std::sort(list.begin(), list.end());
    return offsets;
  }

  void CheckSends() {
    std::map<std::pair<int, int32_t>, std::vector<const Send*>> by_producer;
    for (const Send& send : history_.sends) {
      if (!send.ordered || send.fate != Fate::kAcknowledged || send.place.offset < 0) continue;
      by_producer[{send.producer, send.place.partition}].push_back(&send);
    }
    for (auto& [key, sends] : by_producer) {
      std::sort(sends.begin(), sends.end(),
                [](const Send* a, const Send* b) { return a->order < b->order; });
      for (size_t i = 1; i < sends.size(); ++i) {
        if (sends[i]->place.offset > sends[i - 1]->place.offset) continue;
        Found(Property::kOrderInSend,
              "producer " + std::to_string(key.first) + " sent " + Show(sends[i - 1]->value) +
                  " and then " + Show(sends[i]->value) + ", which stand at " +
                  Show(sends[i - 1]->place) + " and " + Show(sends[i]->place));
      }
    }
  }

  void CheckDuplicates() {
    for (const Send& send : history_.sends) {
      const auto it = all_.find(send.value);
      if (!send.once || it == all_.end() || it->second.size() < 2) continue;
      Found(Property::kNoDuplicate, Show(send.value) + " of producer " +
                                        std::to_string(send.producer) + " stands at " +
                                        Show(it->second[0]) + " and at " + Show(it->second[1]));
    }
  }

  void CheckTransactions() {
    struct Count {
      size_t in_log = 0;
      size_t visible = 0;
    };
    std::map<int64_t, Count> counts;
    for (const Send& send : history_.sends) {
      if (send.transaction == kNoTransaction) continue;
      Count& count = counts[send.transaction];
      count.in_log += all_.contains(send.value) ? 1 : 0;
      count.visible += committed_.contains(send.value) ? 1 : 0;
    }
    for (const auto& [transaction, count] : counts) {
      if (count.visible == 0 || count.visible == count.in_log) continue;
      Found(Property::kWholeTransaction, "of " + std::to_string(count.in_log) +
                                             " records of transaction " +
                                             std::to_string(transaction) + ", " +
                                             std::to_string(count.visible) + " are committed");
    }
  }

  void CheckCopy() {
    if (!history_.final_copy.has_value()) return;
    PlacesByValue copied = Index(*history_.final_copy);
    for (const auto& [value, places] : committed_) {
      const size_t count = copied[value].size();
      if (count == places.size()) continue;
      Found(Property::kExactCopy, Show(value) + " stands " + std::to_string(places.size()) +
                                      " times and was copied " + std::to_string(count) + " times");
    }
    for (const auto& [value, places] : copied) {
      if (committed_.contains(value)) continue;
      Found(Property::kExactCopy, Show(value) + " was copied and is not committed");
    }
  }

  const History& history_;
  const size_t each_max_;
  const PlacesByValue all_;
  const PlacesByValue committed_;
  std::unordered_map<Value, const Send*> sends_;
  std::map<Property, size_t> counts_;
  std::vector<Violation> found_;
};

}  // namespace

std::string_view PropertyName(Property property) {
  switch (property) {
    case Property::kNoAbortedRead:
      return "no aborted read";
    case Property::kNothingInvented:
      return "nothing invented";
    case Property::kOneValuePerOffset:
      return "one value per offset";
    case Property::kNoLostWrite:
      return "no lost write";
    case Property::kNothingUnseen:
      return "all acknowledged is seen";
    case Property::kOrderInPoll:
      return "order in a poll";
    case Property::kOrderInSend:
      return "order in a send";
    case Property::kNoDuplicate:
      return "no duplicate";
    case Property::kWholeTransaction:
      return "whole transactions";
    case Property::kExactCopy:
      return "an exact copy";
  }
  return "";
}

std::vector<Violation> Check(const History& history, size_t each_max) {
  return Checking(history, each_max).Run();
}

}  // namespace workload
