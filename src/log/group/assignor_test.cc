#include "log/group/assignor.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace logs {
namespace {

base::Uuid Topic(uint8_t number) { return base::Uuid({number}); }

using Targets = std::map<std::string, Assignment>;

size_t Load(const Assignment& assignment) {
  size_t load = 0;
  for (const auto& [topic, partitions] : assignment) load += partitions.size();
  return load;
}

// Every partition has one reader, who subscribed to it; nothing else is assigned.
void ExpectComplete(const std::vector<AssignorMember>& members,
                    const std::map<base::Uuid, int32_t>& topics, const Targets& targets) {
  std::map<std::pair<base::Uuid, int32_t>, int> readers;
  for (const auto& member : members) {
    for (const auto& [topic, partitions] : targets.at(member.member_id)) {
      EXPECT_TRUE(member.topics.contains(topic));
      for (const int32_t partition : partitions) ++readers[{topic, partition}];
    }
  }
  size_t expected = 0;
  for (const auto& [topic, num_partitions] : topics) {
    const bool read = std::any_of(members.begin(), members.end(), [&id = topic](const auto& member) {
      return member.topics.contains(id);
    });
    if (!read) continue;
    for (int32_t partition = 0; partition < num_partitions; ++partition) {
      EXPECT_EQ((readers[{topic, partition}]), 1);
      ++expected;
    }
  }
  EXPECT_EQ(readers.size(), expected);
}

// Partitions that were somebody's and are now somebody else's.
size_t Moved(const std::vector<AssignorMember>& members, const Targets& targets) {
  size_t moved = 0;
  for (const auto& member : members) {
    for (const auto& [topic, partitions] : member.current) {
      const auto& target = targets.at(member.member_id);
      const auto now = target.find(topic);
      for (const int32_t partition : partitions) {
        moved += now == target.end() || !now->second.contains(partition) ? 1 : 0;
      }
    }
  }
  return moved;
}

TEST(AssignorTest, UniformIsEvenAndMovesNoMoreThanItMust) {
  const std::map<base::Uuid, int32_t> topics = {{Topic(1), 7}, {Topic(2), 5}};
  std::vector<AssignorMember> members = {{.member_id = "a", .topics = {Topic(1), Topic(2)}},
                                         {.member_id = "b", .topics = {Topic(1), Topic(2)}}};
  Targets targets = Assign(Assignor::kUniform, members, topics);
  ExpectComplete(members, topics, targets);
  EXPECT_EQ(Load(targets["a"]), 6U);
  for (auto& member : members) member.current = targets[member.member_id];
  members.push_back({.member_id = "c", .topics = {Topic(1), Topic(2)}});
  targets = Assign(Assignor::kUniform, members, topics);
  ExpectComplete(members, topics, targets);
  for (const auto& [member_id, target] : targets) EXPECT_EQ(Load(target), 4U);
  EXPECT_EQ(Moved(members, targets), 4U);
  for (auto& member : members) member.current = targets[member.member_id];
  EXPECT_EQ(Assign(Assignor::kUniform, members, topics), targets) << "nothing has changed";
}

TEST(AssignorTest, UniformHoldsForAnySubscriptions) {
  base::Random random(3);
  for (int round = 0; round < 300; ++round) {
    std::map<base::Uuid, int32_t> topics;
    for (uint8_t i = 0; i < 5; ++i) topics[Topic(i)] = static_cast<int32_t>(random.Below(9));
    std::vector<AssignorMember> members(1 + random.Below(6));
    for (size_t i = 0; i < members.size(); ++i) {
      members[i].member_id = std::to_string(i);
      for (uint8_t k = 0; k < 6; ++k) {
        if (random.Below(2) == 0) members[i].topics.insert(Topic(k));  // 5 is not there
        if (random.Below(3) == 0) members[i].current[Topic(k)] = {0, 1, 100};
      }
    }
    const Targets targets = Assign(Assignor::kUniform, members, topics);
    ExpectComplete(members, topics, targets);
    // No single move could make two members more even.
    for (const auto& giver : members) {
      for (const auto& taker : members) {
        for (const auto& [topic, partitions] : targets.at(giver.member_id)) {
          if (!taker.topics.contains(topic) || partitions.empty()) continue;
          EXPECT_LE(Load(targets.at(giver.member_id)), Load(targets.at(taker.member_id)) + 1);
        }
      }
    }
    EXPECT_EQ(Assign(Assignor::kUniform, members, topics), targets);
  }
}

TEST(AssignorTest, RangeGivesNeighboursAndTheSameOfTopicsWithTheSameReaders) {
  const std::map<base::Uuid, int32_t> topics = {{Topic(1), 5}, {Topic(2), 5}};
  const std::vector<AssignorMember> members = {{.member_id = "a", .topics = {Topic(1), Topic(2)}},
                                               {.member_id = "b", .topics = {Topic(1), Topic(2)}}};
  Targets targets = Assign(Assignor::kRange, members, topics);
  ExpectComplete(members, topics, targets);
  EXPECT_EQ(targets["a"][Topic(1)], (std::set<int32_t>{0, 1, 2}));
  EXPECT_EQ(targets["b"][Topic(1)], (std::set<int32_t>{3, 4}));
  EXPECT_EQ(targets["a"][Topic(1)], targets["a"][Topic(2)]);
}

TEST(AssignorTest, RangeKeepsTheOrderOfWhoIsThereWhenSomebodyJoins) {
  const std::map<base::Uuid, int32_t> topics = {{Topic(1), 6}};
  std::vector<AssignorMember> members = {{.member_id = "y", .topics = {Topic(1)}},
                                         {.member_id = "z", .topics = {Topic(1)}}};
  for (auto& member : members) {
    member.current = Assign(Assignor::kRange, members, topics)[member.member_id];
  }
  members.insert(members.begin(), {.member_id = "a", .topics = {Topic(1)}});
  Targets targets = Assign(Assignor::kRange, members, topics);
  EXPECT_EQ(targets["y"][Topic(1)], (std::set<int32_t>{0, 1}));
  EXPECT_EQ(targets["z"][Topic(1)], (std::set<int32_t>{2, 3}));
  EXPECT_EQ(targets["a"][Topic(1)], (std::set<int32_t>{4, 5}));
}

TEST(AssignorTest, AThousandMembersAndTenThousandPartitionsTakeNoTime) {
  std::map<base::Uuid, int32_t> topics;
  for (uint8_t i = 0; i < 100; ++i) topics[Topic(i)] = 100;
  std::vector<AssignorMember> members(1'000);
  for (size_t i = 0; i < members.size(); ++i) {
    members[i].member_id = std::to_string(i);
    for (const auto& [topic, count] : topics) members[i].topics.insert(topic);
  }
  for (const Assignor assignor : {Assignor::kUniform, Assignor::kRange}) {
    const Targets targets = Assign(assignor, members, topics);
    ExpectComplete(members, topics, targets);
  }
}

}  // namespace
}  // namespace logs
