#include "log/group/assignor.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace logs {
namespace {

using TopicPartitionId = std::pair<base::Uuid, int32_t>;

// Topics that the same members read are one problem; there are few of these.
struct TopicClass {
  std::vector<size_t> readers;  // positions of members
  std::vector<base::Uuid> topics;
};

std::vector<TopicClass> ClassesOf(const std::vector<AssignorMember>& members,
                                  const std::map<base::Uuid, int32_t>& topics) {
  std::map<base::Uuid, std::vector<size_t>> readers;
  for (size_t i = 0; i < members.size(); ++i) {
    for (const auto& topic : members[i].topics) {
      if (topics.contains(topic)) readers[topic].push_back(i);
    }
  }
  std::map<std::vector<size_t>, std::vector<base::Uuid>> by_readers;
  for (auto& [topic, indices] : readers) by_readers[std::move(indices)].push_back(topic);
  std::vector<TopicClass> classes;
  for (auto& [indices, class_topics] : by_readers) {
    classes.push_back({.readers = indices, .topics = std::move(class_topics)});
  }
  // Those with the fewest choices first.
  std::stable_sort(classes.begin(), classes.end(), [](const TopicClass& a, const TopicClass& b) {
    return a.readers.size() < b.readers.size();
  });
  return classes;
}

// --- uniform
// --------------------------------------------------------------------------------------

class UniformAssignment {
 public:
  UniformAssignment(const std::vector<AssignorMember>& members,
                    const std::map<base::Uuid, int32_t>& topics)
      : members_(members),
        topics_(topics),
        classes_(ClassesOf(members, topics)),
        loads_(members.size(), 0),
        held_(classes_.size()) {}

  std::map<std::string, Assignment> Make() {
    for (size_t c = 0; c < classes_.size(); ++c) Keep(c);
    for (size_t c = 0; c < classes_.size(); ++c) GiveOut(c);
    // A move in one class may make room for one in another; each makes the loads more even, so this
    // ends. With one class (all members read the same) the first pass does it all.
    bool moved = classes_.size() > 0;
    while (moved) {
      moved = false;
      for (size_t c = 0; c < classes_.size(); ++c) moved = Balance(c) || moved;
      if (classes_.size() == 1) break;
    }
    std::map<std::string, Assignment> result;
    for (const auto& member : members_) result[member.member_id];
    for (const auto& held : held_) {
      for (const auto& [member, partitions] : held) {
        auto& assignment = result[members_[member].member_id];
        for (const auto& [topic, partition] : partitions) assignment[topic].insert(partition);
      }
    }
    return result;
  }

 private:
  using ByLoad = std::set<std::pair<size_t, size_t>>;  // load, member

  // What a member has stays with it until somebody needs it more.
  void Keep(size_t c) {
    auto& held = held_[c];
    for (const auto& topic : classes_[c].topics) {
      const int32_t num_partitions = topics_.at(topic);
      std::vector<bool> taken(static_cast<size_t>(num_partitions));
      for (const size_t member : classes_[c].readers) {
        const auto current = members_[member].current.find(topic);
        if (current == members_[member].current.end()) continue;
        for (const int32_t partition : current->second) {
          if (partition < 0 || partition >= num_partitions) continue;
          if (taken[static_cast<size_t>(partition)]) continue;
          taken[static_cast<size_t>(partition)] = true;
          held[member].emplace_back(topic, partition);
          ++loads_[member];
        }
      }
      for (int32_t partition = 0; partition < num_partitions; ++partition) {
        if (!taken[static_cast<size_t>(partition)]) free_[c].emplace_back(topic, partition);
      }
    }
  }

  [[nodiscard]] ByLoad OrderOf(size_t c) const {
    ByLoad order;
    for (const size_t member : classes_[c].readers) order.emplace(loads_[member], member);
    return order;
  }

  void Hold(size_t c, ByLoad& order, size_t member, const TopicPartitionId& partition) {
    order.erase({loads_[member], member});
    order.emplace(++loads_[member], member);
    held_[c][member].push_back(partition);
  }

  void GiveOut(size_t c) {
    ByLoad order = OrderOf(c);
    for (const auto& partition : free_[c]) Hold(c, order, order.begin()->second, partition);
  }

  bool Balance(size_t c) {
    ByLoad order = OrderOf(c);
    bool moved = false;
    while (true) {
      const auto [least, to] = *order.begin();
      // The most loaded that holds something of this class.
      auto from = order.end();
      for (auto each = order.rbegin(); each != order.rend() && each->first >= least + 2; ++each) {
        const auto holding = held_[c].find(each->second);
        if (holding == held_[c].end() || holding->second.empty()) continue;
        from = std::prev(each.base());
        break;
      }
      if (from == order.end()) return moved;
      const size_t giver = from->second;
      auto& partitions = held_[c][giver];
      const TopicPartitionId partition = partitions.back();
      partitions.pop_back();
      order.erase(from);
      order.emplace(--loads_[giver], giver);
      Hold(c, order, to, partition);
      moved = true;
    }
  }

  const std::vector<AssignorMember>& members_;
  const std::map<base::Uuid, int32_t>& topics_;
  std::vector<TopicClass> classes_;
  std::vector<size_t> loads_;
  std::vector<std::map<size_t, std::vector<TopicPartitionId>>> held_;  // by class, by member
  std::map<size_t, std::vector<TopicPartitionId>> free_;               // by class
};

// --- range
// ----------------------------------------------------------------------------------------

// Where a member's run begins now, in the first topic of the class in which it has one.
int32_t FirstPartition(const AssignorMember& member, const TopicClass& topics) {
  for (const auto& topic : topics.topics) {
    const auto current = member.current.find(topic);
    if (current != member.current.end() && !current->second.empty()) {
      return *current->second.begin();
    }
  }
  return INT32_MAX;
}

std::map<std::string, Assignment> AssignRanges(const std::vector<AssignorMember>& members,
                                               const std::map<base::Uuid, int32_t>& topics) {
  std::map<std::string, Assignment> result;
  for (const auto& member : members) result[member.member_id];
  for (auto& topic_class : ClassesOf(members, topics)) {
    // In the order of their runs, so that a member that comes or goes moves the borders only.
    std::sort(topic_class.readers.begin(), topic_class.readers.end(), [&](size_t a, size_t b) {
      const auto key = [&](size_t i) {
        const auto& member = members[i];
        return std::tuple(FirstPartition(member, topic_class), !member.instance_id.has_value(),
                          member.instance_id.value_or(member.member_id));
      };
      return key(a) < key(b);
    });
    const auto num_readers = static_cast<int32_t>(topic_class.readers.size());
    for (const auto& topic : topic_class.topics) {
      const int32_t each = topics.at(topic) / num_readers;
      const int32_t extra = topics.at(topic) % num_readers;
      int32_t next = 0;
      for (int32_t i = 0; i < num_readers; ++i) {
        const int32_t count = each + (i < extra ? 1 : 0);
        if (count == 0) break;
        auto& run = result[members[topic_class.readers[static_cast<size_t>(i)]].member_id][topic];
        for (int32_t k = 0; k < count; ++k) run.insert(next++);
      }
    }
  }
  return result;
}

}  // namespace

std::optional<Assignor> AssignorOf(std::string_view name) {
  if (name == "uniform") return Assignor::kUniform;
  if (name == "range") return Assignor::kRange;
  return std::nullopt;
}

std::string_view AssignorName(Assignor assignor) {
  switch (assignor) {
    case Assignor::kUniform:
      return "uniform";
    case Assignor::kRange:
      return "range";
  }
  return "";
}

std::map<std::string, Assignment> Assign(Assignor assignor,
                                         const std::vector<AssignorMember>& members,
                                         const std::map<base::Uuid, int32_t>& topics) {
  if (assignor == Assignor::kRange) return AssignRanges(members, topics);
  return UniformAssignment(members, topics).Make();
}

}  // namespace logs
