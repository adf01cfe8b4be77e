#include "object/object_store.h"

#include <algorithm>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "env/faulty_files.h"
#include "env/files.h"
#include "env/memory_files.h"
#include "object/faulty_store.h"
#include "object/local_store.h"
#include "object/memory_store.h"

namespace object {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Keys(const std::vector<ObjectInfo>& found) {
  std::vector<std::string> keys;
  for (const ObjectInfo& info : found) keys.push_back(info.key);
  return keys;
}

// What every store promises, held over each of them.
class ObjectStoreTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "local") {
      std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
      std::replace(name.begin(), name.end(), '/', '_');
      root_ = testing::TempDir() + "object_store_test_" + name;
      ASSERT_TRUE(real_->RemoveTree(root_).ok());
      store_ = std::make_shared<LocalStore>(real_.get(), root_ + "/");
    } else if (GetParam() == "local_in_memory") {
      store_ = std::make_shared<LocalStore>(&memory_, "/root");
    } else if (GetParam() == "memory") {
      store_ = std::make_shared<MemoryStore>(&clock_);
    } else {
      const auto whole = std::make_shared<MemoryStore>(&clock_);
      ASSERT_TRUE(whole->Put("silver/x", "outside").ok());
      ASSERT_TRUE(whole->Put("silver/items", "outside").ok());
      store_ = Under(Under(whole, "silver"), "items");
    }
  }
  void TearDown() override {
    if (root_.empty()) return;
    EXPECT_TRUE(real_->RemoveTree(root_).ok());
  }

  base::ManualClock clock_{1'700'000'000'000};
  std::unique_ptr<env::Files> real_ = env::NewRealFiles();
  env::MemoryFiles memory_{&clock_};
  std::string root_;
  std::shared_ptr<ObjectStore> store_;
};

TEST_P(ObjectStoreTest, AnEmptyStoreHasNothing) {
  EXPECT_THAT(*store_->List(""), IsEmpty());
  EXPECT_THAT(*store_->List("a/b"), IsEmpty());
  EXPECT_EQ(store_->Get("a").error().code(), base::Code::kNotFound);
  EXPECT_EQ(store_->GetRange("a/b", 0, 1).error().code(), base::Code::kNotFound);
  EXPECT_EQ(store_->Head("a").error().code(), base::Code::kNotFound);
  EXPECT_TRUE(store_->Delete("a").ok());
}

TEST_P(ObjectStoreTest, PutReplaces) {
  ASSERT_TRUE(store_->Put("a/b/c", "old").ok());
  ASSERT_TRUE(store_->Put("a/b/c", "newer").ok());
  EXPECT_EQ(*store_->Get("a/b/c"), "newer");
  const ObjectInfo info = store_->Head("a/b/c").value();
  EXPECT_EQ(info.key, "a/b/c");
  EXPECT_EQ(info.size_bytes, 5u);
  EXPECT_GT(info.modified_unix_ms, 1'600'000'000'000);
  ASSERT_TRUE(store_->Delete("a/b/c").ok());
  EXPECT_EQ(store_->Get("a/b/c").error().code(), base::Code::kNotFound);
}

TEST_P(ObjectStoreTest, AFolderIsNoObject) {
  ASSERT_TRUE(store_->Put("a/b", "x").ok());
  EXPECT_EQ(store_->Get("a").error().code(), base::Code::kNotFound);
  EXPECT_EQ(store_->Head("a").error().code(), base::Code::kNotFound);
  EXPECT_THAT(*store_->List("a/b/"), IsEmpty());
}

TEST_P(ObjectStoreTest, PutIfAbsentWritesOnce) {
  EXPECT_EQ(*store_->PutIfAbsent("log/1", "first"), PutOutcome::kWritten);
  EXPECT_EQ(*store_->PutIfAbsent("log/1", "second"), PutOutcome::kExists);
  EXPECT_EQ(*store_->Get("log/1"), "first");
}

TEST_P(ObjectStoreTest, OfManyWritersOfOneKeyExactlyOneWins) {
  std::atomic<int> winner = -1;
  std::atomic<int> wins = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      if (*store_->PutIfAbsent("log/1", std::string(1000, static_cast<char>('a' + i))) ==
          PutOutcome::kWritten) {
        winner = i;
        ++wins;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wins, 1);
  EXPECT_EQ(*store_->Get("log/1"), std::string(1000, static_cast<char>('a' + winner)));
  EXPECT_THAT(Keys(*store_->List("")), ElementsAre("log/1"));
}

TEST_P(ObjectStoreTest, RangesStopAtTheEnd) {
  ASSERT_TRUE(store_->Put("a", "0123456789").ok());
  EXPECT_EQ(*store_->GetRange("a", 2, 3), "234");
  EXPECT_EQ(*store_->GetRange("a", 8, 100), "89");
  EXPECT_EQ(*store_->GetRange("a", 10, 1), "");
  EXPECT_EQ(*store_->GetRange("a", UINT64_MAX, UINT64_MAX), "");
}

TEST_P(ObjectStoreTest, AWriterShowsItsObjectOnlyWhenFinished) {
  {
    const auto writer = store_->OpenWriter("big/object").value();
    ASSERT_TRUE(writer->Append("one ").ok());
    EXPECT_THAT(*store_->List(""), IsEmpty());
    ASSERT_TRUE(writer->Append("two").ok());
    ASSERT_TRUE(writer->Finish().ok());
  }
  EXPECT_EQ(*store_->Get("big/object"), "one two");
  {
    const auto abandoned = store_->OpenWriter("big/object").value();
    ASSERT_TRUE(abandoned->Append("never").ok());
  }
  EXPECT_EQ(*store_->Get("big/object"), "one two");
  EXPECT_THAT(Keys(*store_->List("")), ElementsAre("big/object"));
}

TEST_P(ObjectStoreTest, ListIsByPrefixInByteOrder) {
  for (const char* key : {"t/_log/2.json", "t/_log/1.json", "t/_log/10.json", "t/a-b", "t/a/x",
                          "t/a.txt", "t2/x", "s"}) {
    ASSERT_TRUE(store_->Put(key, key).ok());
  }
  // '-' and '.' sort before '/': the order is that of the bytes, not of folders.
  EXPECT_THAT(Keys(*store_->List("")),
              ElementsAre("s", "t/_log/1.json", "t/_log/10.json", "t/_log/2.json", "t/a-b",
                          "t/a.txt", "t/a/x", "t2/x"));
  EXPECT_THAT(Keys(*store_->List("t/a")), ElementsAre("t/a-b", "t/a.txt", "t/a/x"));
  EXPECT_THAT(Keys(*store_->List("t/_log/1")), ElementsAre("t/_log/1.json", "t/_log/10.json"));
  EXPECT_THAT(Keys(*store_->List("t/_log/", "t/_log/1.json")),
              ElementsAre("t/_log/10.json", "t/_log/2.json"));
  EXPECT_THAT(Keys(*store_->List("t/_log/", "t/_log/15")), ElementsAre("t/_log/2.json"));
  EXPECT_THAT(Keys(*store_->List("t/_log/", "a")),
              ElementsAre("t/_log/1.json", "t/_log/10.json", "t/_log/2.json"));
  EXPECT_THAT(*store_->List("t/none"), IsEmpty());
}

TEST_P(ObjectStoreTest, KeysThatLeaveTheStoreAreRefused) {
  for (const char* key :
       {"", "/a", "a/", "a//b", "..", "a/../b", "./a", "a/.", ".tmp-1", "a/.tmp-1/b"}) {
    SCOPED_TRACE(key);
    EXPECT_EQ(store_->Put(key, "x").error().code(), base::Code::kInvalidArgument);
    EXPECT_EQ(store_->PutIfAbsent(key, "x").error().code(), base::Code::kInvalidArgument);
    EXPECT_EQ(store_->Get(key).error().code(), base::Code::kInvalidArgument);
    EXPECT_EQ(store_->OpenWriter(key).error().code(), base::Code::kInvalidArgument);
    EXPECT_EQ(store_->Delete(key).error().code(), base::Code::kInvalidArgument);
  }
  EXPECT_TRUE(store_->Put("a/..b/c d=é%20", "x").ok());
  EXPECT_EQ(*store_->Get("a/..b/c d=é%20"), "x");
}

INSTANTIATE_TEST_SUITE_P(Stores, ObjectStoreTest,
                         testing::Values("local", "local_in_memory", "memory", "under"),
                         [](const auto& instance) { return instance.param; });

TEST(UnderTest, NamesItsPlace) {
  const auto files = env::NewRealFiles();
  const auto lake = std::make_shared<LocalStore>(files.get(), "/data/lake");
  EXPECT_EQ(Under(lake, "silver/items")->Describe(), "/data/lake/silver/items");
  EXPECT_EQ(Under(lake, "silver/items")->LocalRoot(), "/data/lake/silver/items");
  const base::ManualClock clock(0);
  EXPECT_EQ(Under(std::make_shared<MemoryStore>(&clock), "a")->LocalRoot(), "");
}

TEST(LocalStoreTest, TemporariesOfAKilledProcessAreSweptAfterADay) {
  base::ManualClock clock(1'700'000'000'000);
  env::MemoryFiles files(&clock);
  ASSERT_TRUE(files.CreateDirectories("/lake/t").ok());
  ASSERT_TRUE(files.OpenWrite("/lake/t/.tmp-old", env::WriteMode::kCreateNew).ok());
  clock.Advance(int64_t{25} * 3600 * 1000);
  ASSERT_TRUE(files.OpenWrite("/lake/t/.tmp-young", env::WriteMode::kCreateNew).ok());
  LocalStore store(&files, "/lake");
  EXPECT_THAT(*store.List(""), IsEmpty());
  ASSERT_TRUE(store.Put("t/a", "x").ok());
  std::vector<std::string> names;
  const auto entries = files.List("/lake/t").value();
  for (const env::FileInfo& entry : entries) names.push_back(entry.name);
  EXPECT_THAT(names, ElementsAre(".tmp-young", "a"));
}

TEST(LocalStoreTest, AFolderRemovedBehindItsBackIsMadeAgain) {
  base::ManualClock clock(1'700'000'000'000);
  env::MemoryFiles files(&clock);
  LocalStore store(&files, "/lake");
  ASSERT_TRUE(store.Put("t/a", "x").ok());
  ASSERT_TRUE(files.RemoveTree("/lake").ok());
  EXPECT_TRUE(store.Put("t/a", "y").ok());
  EXPECT_EQ(*store.Get("t/a"), "y");
}

// Whatever call fails and wherever power goes: an object answered for is there, one not answered
// for is whole or absent, and no temporary shows.
TEST(LocalStoreTest, AnAnsweredPutSurvivesEveryFaultAndCrash) {
  base::ManualClock clock(1'700'000'000'000);
  for (const env::FileFault fault : {env::FileFault::kError, env::FileFault::kNoSpace,
                                     env::FileFault::kDieBefore, env::FileFault::kDieAfter}) {
    for (int64_t call = 1;; ++call) {
      SCOPED_TRACE(testing::Message() << "fault " << static_cast<int>(fault) << " at " << call);
      env::MemoryFiles disk(&clock);
      env::FaultyFiles faulty(&disk);
      LocalStore store(&faulty, "/lake");
      faulty.FailCall(call, fault);
      const bool put = store.Put("t/a", "put").ok();
      const auto outcome = store.PutIfAbsent("t/b", "put if absent");
      bool finished = false;
      if (auto writer = store.OpenWriter("t/c"); writer.ok()) {
        finished = writer.value()->Append("written").ok() && writer.value()->Finish().ok();
      }
      disk.Crash();
      LocalStore after(&disk, "/lake");
      const auto found = after.List("").value();
      for (const ObjectInfo& info : found) {
        const std::string text = *after.Get(info.key);
        EXPECT_TRUE(text == "put" || text == "put if absent" || text == "written") << text;
      }
      EXPECT_TRUE(!put || after.Get("t/a").ok());
      EXPECT_TRUE(!outcome.ok() || *outcome != PutOutcome::kWritten || after.Get("t/b").ok());
      EXPECT_TRUE(!finished || after.Get("t/c").ok());
      if (!faulty.failed()) {
        EXPECT_TRUE(put && outcome.ok() && finished);
        EXPECT_GT(call, 15);
        break;
      }
    }
  }
}

TEST(FaultyStoreTest, FailsTheChosenRequestInTheChosenWay) {
  const base::ManualClock clock(0);
  const auto inner = std::make_shared<MemoryStore>(&clock);
  FaultyStore store(inner);
  store.FailRequest(2, StoreFault::kBefore);
  EXPECT_TRUE(store.Put("a", "x").ok());
  EXPECT_EQ(store.Put("b", "x").error().code(), base::Code::kUnavailable);
  EXPECT_TRUE(store.Put("c", "x").ok());
  EXPECT_THAT(Keys(*inner->List("")), ElementsAre("a", "c"));

  store.FailRequest(1, StoreFault::kAfter);
  EXPECT_EQ(*store.PutIfAbsent("d", "x"), PutOutcome::kUnknown);
  EXPECT_EQ(*inner->Get("d"), "x");
  store.FailRequest(1, StoreFault::kAfter);
  EXPECT_EQ(store.Delete("d").error().code(), base::Code::kUnavailable);
  EXPECT_FALSE(inner->Get("d").ok());

  store.FailRequest(1, StoreFault::kDieAfter);
  EXPECT_FALSE(store.Put("e", "x").ok());
  EXPECT_FALSE(store.Get("e").ok());
  EXPECT_FALSE(store.OpenWriter("f").ok());
  EXPECT_EQ(*inner->Get("e"), "x");
}

}  // namespace
}  // namespace object
