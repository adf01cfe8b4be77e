#include "log/storage/transaction_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace logs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

AbortedEntry Entry(int64_t producer, int64_t first, int64_t last, int64_t stable) {
  return {.producer_id = ProducerId(producer),
          .first_offset = Offset(first),
          .last_offset = Offset(last),
          .last_stable_offset = Offset(stable)};
}

AbortedTransaction Found(int64_t producer, int64_t first) {
  return {.producer_id = ProducerId(producer), .first_offset = Offset(first)};
}

TransactionIndex Index() {
  TransactionIndex index;
  index.Add(Entry(1, 0, 10, 2));    // producer 2 was open since 2
  index.Add(Entry(2, 2, 20, 21));
  index.Add(Entry(1, 30, 40, 41));
  return index;
}

TEST(TransactionIndexTest, FindsTheTransactionsThatTouchARange) {
  const TransactionIndex index = Index();
  std::vector<AbortedTransaction> found;
  EXPECT_EQ(index.Collect(Offset(0), Offset(2), found), TransactionIndex::Search::kDone);
  EXPECT_THAT(found, ElementsAre(Found(1, 0)));
  found.clear();
  EXPECT_EQ(index.Collect(Offset(5), Offset(15), found), TransactionIndex::Search::kDone);
  EXPECT_THAT(found, ElementsAre(Found(1, 0), Found(2, 2)));
  found.clear();
  EXPECT_EQ(index.Collect(Offset(11), Offset(35), found), TransactionIndex::Search::kDone);
  EXPECT_THAT(found, ElementsAre(Found(2, 2), Found(1, 30)));
  found.clear();
  EXPECT_EQ(index.Collect(Offset(21), Offset(30), found), TransactionIndex::Search::kDone);
  EXPECT_THAT(found, IsEmpty());
  EXPECT_EQ(index.Collect(Offset(41), Offset(50), found), TransactionIndex::Search::kContinue);
  EXPECT_THAT(found, IsEmpty());
}

TEST(TransactionIndexTest, ReadsItsBytesBackAndLeavesOutATornEntry) {
  std::string bytes;
  const TransactionIndex index = Index();
  for (const AbortedEntry& entry : index.entries()) bytes += EncodeAbortedEntry(entry);
  EXPECT_EQ(TransactionIndex::Decode(bytes).value().entries(), Index().entries());
  for (size_t cut = 1; cut < kAbortedEntryBytes; ++cut) {
    const auto torn =
        TransactionIndex::Decode(std::string_view(bytes).substr(0, bytes.size() - cut)).value();
    EXPECT_EQ(torn.entries().size(), 2u);
    EXPECT_EQ(torn.size_bytes(), 2 * kAbortedEntryBytes);
  }
  bytes[1] = 9;
  EXPECT_FALSE(TransactionIndex::Decode(bytes).ok());
}

TEST(TransactionIndexTest, ForgetsWhatRecoveryCutOff) {
  TransactionIndex index = Index();
  index.Truncate(Offset(20));
  EXPECT_EQ(index.entries().size(), 1u);
}

}  // namespace
}  // namespace logs
