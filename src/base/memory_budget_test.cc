#include "base/memory_budget.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace base {
namespace {

TEST(MemoryBudgetTest, AnAccountRefusesWhatExceedsItsLimitAndGetsBackWhatEnds) {
  MemoryAccount account("requests", 100);
  MemoryCharge first(&account);
  EXPECT_TRUE(first.TryHold(60));
  {
    MemoryCharge second(&account);
    EXPECT_TRUE(second.TryHold(40));
    EXPECT_FALSE(second.TryHold(41));
    EXPECT_EQ(second.bytes(), 40u);
    EXPECT_TRUE(account.tight());
    second.Hold(1000);
    EXPECT_EQ(account.used_bytes(), 1060u);
    EXPECT_TRUE(second.TryHold(10)) << "less is never refused";
  }
  EXPECT_EQ(account.used_bytes(), 60u);
  EXPECT_EQ(account.refusals(), 1u);
  EXPECT_FALSE(account.tight());
  EXPECT_FALSE(first.TryHold(UINT64_MAX));
}

TEST(MemoryBudgetTest, ShareLeastAndMostGiveTheLimit) {
  MemoryBudget budget(1000);
  EXPECT_EQ(budget.Open("a", 0.25, 10, 800).limit_bytes(), 250u);
  EXPECT_EQ(budget.Open("b", 0.25, 300, 800).limit_bytes(), 300u);
  EXPECT_EQ(budget.Open("c", 0.25, 10, 200).limit_bytes(), 200u);
}

TEST(MemoryBudgetTest, TheMetricsShowEveryAccount) {
  MemoryBudget budget(1000);
  MemoryAccount& account = budget.Open("requests", 0.1, 0, 1000);
  Metrics metrics;
  budget.ShowIn(metrics);
  MemoryCharge charge(&account);
  ASSERT_TRUE(charge.TryHold(7));
  ASSERT_FALSE(charge.TryHold(101));
  const std::string text = metrics.Render();
  using ::testing::HasSubstr;
  EXPECT_THAT(text, HasSubstr("tributary_memory_budget_bytes 1000\n"));
  EXPECT_THAT(text, HasSubstr("tributary_memory_account_bytes{account=\"requests\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("tributary_memory_account_limit_bytes{account=\"requests\"} 100\n"));
  EXPECT_THAT(text, HasSubstr("refusals_total{account=\"requests\"} 1\n"));
}

TEST(MemoryBudgetTest, ManyThreadsNeverHoldMoreThanTheLimit) {
  MemoryAccount account("x", 10);
  std::atomic<uint64_t> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 2000; ++k) {
        MemoryCharge charge(&account);
        if (!charge.TryHold(4)) continue;
        uint64_t seen = most;
        const uint64_t used = account.used_bytes();
        while (used > seen && !most.compare_exchange_weak(seen, used)) {
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 8u);
  EXPECT_EQ(account.used_bytes(), 0u);
}

}  // namespace
}  // namespace base
