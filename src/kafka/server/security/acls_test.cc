// Who may do what, by the lists.
#include "kafka/server/security/acls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/server/security/entry_key.h"
#include "kafka/server/security/security_test_support.h"

namespace kafka::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const Principal kAnn{.name = "User:ann", .host = "10.0.0.1"};
const Principal kBob{.name = "User:bob", .host = "10.0.0.2"};

Acl Allow(std::string name, Operation operation, std::string principal = "User:ann") {
  return {.name = std::move(name),
          .principal = std::move(principal),
          .host = "*",
          .operation = operation};
}

Acl Prefixed(Acl acl) {
  acl.pattern = PatternType::kPrefixed;
  return acl;
}

Acl Denied(Acl acl) {
  acl.permission = Permission::kDeny;
  return acl;
}

class AclsTest : public testing::Test {
 protected:
  // Decides with these lists and no others.
  bool Decide(const std::vector<Acl>& acls, const Principal& principal, Operation operation,
              std::string_view topic, Acls::Options options = {}) {
    StoreForTest store;
    auto lists = Acls::Open(*store, std::move(options)).value();
    EXPECT_TRUE(lists->Create(acls).ok());
    return lists->Allows(principal, operation, ResourceType::kTopic, topic);
  }
};

TEST_F(AclsTest, WithoutAListOnlySuperUsersMayUnlessTheOptionsSayOtherwise) {
  EXPECT_FALSE(Decide({}, kAnn, Operation::kRead, "t"));
  EXPECT_TRUE(Decide({}, kAnn, Operation::kRead, "t", {.super_users = {"User:ann"}}));
  EXPECT_TRUE(Decide({}, kAnn, Operation::kRead, "t", {.allow_everyone_if_no_acl_found = true}));
  // A list for anyone is a list: the option no longer holds for this topic, but for others.
  const std::vector<Acl> bobs = {Allow("t", Operation::kRead, "User:bob")};
  const Acls::Options open{.allow_everyone_if_no_acl_found = true};
  EXPECT_FALSE(Decide(bobs, kAnn, Operation::kRead, "t", open));
  EXPECT_TRUE(Decide(bobs, kAnn, Operation::kRead, "u", open));
}

TEST_F(AclsTest, AnAllowReachesItsPrincipalHostNameAndOperation) {
  const std::vector<Acl> acls = {Allow("t", Operation::kRead)};
  EXPECT_TRUE(Decide(acls, kAnn, Operation::kRead, "t"));
  EXPECT_FALSE(Decide(acls, kBob, Operation::kRead, "t"));
  EXPECT_FALSE(Decide(acls, kAnn, Operation::kWrite, "t"));
  EXPECT_FALSE(Decide(acls, kAnn, Operation::kRead, "t2"));
  Acl from_elsewhere = acls[0];
  from_elsewhere.host = "10.0.0.9";
  EXPECT_FALSE(Decide({from_elsewhere}, kAnn, Operation::kRead, "t"));
  EXPECT_TRUE(Decide({Allow("t", Operation::kRead, "User:*")}, kBob, Operation::kRead, "t"));
  EXPECT_TRUE(Decide({Allow("*", Operation::kRead)}, kAnn, Operation::kRead, "anything"));
}

TEST_F(AclsTest, WhoMayUseMayAlsoDescribe) {
  for (const auto operation :
       {Operation::kRead, Operation::kWrite, Operation::kDelete, Operation::kAlter}) {
    EXPECT_TRUE(Decide({Allow("t", operation)}, kAnn, Operation::kDescribe, "t"));
  }
  EXPECT_FALSE(Decide({Allow("t", Operation::kCreate)}, kAnn, Operation::kDescribe, "t"));
  EXPECT_TRUE(
      Decide({Allow("t", Operation::kAlterConfigs)}, kAnn, Operation::kDescribeConfigs, "t"));
  EXPECT_TRUE(Decide({Allow("t", Operation::kAll)}, kAnn, Operation::kDelete, "t"));
}

TEST_F(AclsTest, ADenyWinsOverEveryAllow) {
  const Acl all = Allow("*", Operation::kAll, "User:*");
  EXPECT_FALSE(Decide({all, Denied(Allow("t", Operation::kWrite))}, kAnn, Operation::kWrite, "t"));
  EXPECT_TRUE(Decide({all, Denied(Allow("t", Operation::kWrite))}, kAnn, Operation::kRead, "t"));
  EXPECT_FALSE(Decide({all, Denied(Allow("t", Operation::kAll))}, kAnn, Operation::kRead, "t"));
  EXPECT_TRUE(Decide({all, Denied(Allow("t", Operation::kAll))}, kBob, Operation::kRead, "t"));
  // A denied read denies no describe.
  EXPECT_TRUE(Decide({all, Denied(Allow("t", Operation::kRead))}, kAnn, Operation::kDescribe, "t"));
}

TEST_F(AclsTest, APrefixCoversAllNamesThatBeginSoAndNoOther) {
  std::vector<Acl> acls = {Prefixed(Allow("orders.", Operation::kRead))};
  EXPECT_TRUE(Decide(acls, kAnn, Operation::kRead, "orders.eu"));
  EXPECT_TRUE(Decide(acls, kAnn, Operation::kRead, "orders."));
  EXPECT_FALSE(Decide(acls, kAnn, Operation::kRead, "orders"));
  // Between the empty prefix and the name stand many that do not cover it.
  for (char c = 'a'; c <= 'z'; ++c) {
    acls.push_back(Prefixed(Allow(std::string("orders") + c, Operation::kRead, "User:x")));
    acls.push_back(Prefixed(Allow(std::string("o") + c, Operation::kRead, "User:x")));
    acls.push_back(Prefixed(Allow(std::string(1, c), Operation::kRead, "User:x")));
  }
  EXPECT_TRUE(Decide(acls, kAnn, Operation::kRead, "orders.eu"));
  acls.push_back(Prefixed(Denied(Allow("or", Operation::kAll))));
  EXPECT_FALSE(Decide(acls, kAnn, Operation::kRead, "orders.eu"));
}

TEST_F(AclsTest, SomewhereIsWhereNoDenyCoversAllThatIsAllowed) {
  const auto somewhere = [](const std::vector<Acl>& acls, Acls::Options options = {}) {
    StoreForTest store;
    auto lists = Acls::Open(*store, std::move(options)).value();
    EXPECT_TRUE(lists->Create(acls).ok());
    return lists->AllowsOnSome(kAnn, Operation::kWrite, ResourceType::kTopic);
  };
  const Acl write = Allow("t", Operation::kWrite);
  EXPECT_FALSE(somewhere({}));
  EXPECT_TRUE(somewhere({}, {.super_users = {"User:ann"}}));
  EXPECT_TRUE(somewhere({}, {.allow_everyone_if_no_acl_found = true}));
  EXPECT_TRUE(somewhere({write}));
  EXPECT_TRUE(somewhere({Prefixed(write)}));
  EXPECT_FALSE(somewhere({Allow("t", Operation::kRead), Allow("t", Operation::kWrite, "User:x")}));
  EXPECT_FALSE(somewhere({write, Denied(write)}));
  EXPECT_FALSE(somewhere({write, Denied(Allow("*", Operation::kAll))}));
  EXPECT_FALSE(somewhere({write, Prefixed(Denied(Allow("t", Operation::kAll)))}));
  EXPECT_TRUE(somewhere({Prefixed(write), Denied(write)}));
  EXPECT_TRUE(somewhere({Allow("*", Operation::kWrite), Prefixed(Denied(write))}));
}

TEST_F(AclsTest, ListsOfOneTypeSayNothingAboutAnother) {
  StoreForTest store;
  const auto acls = Acls::Open(*store, {}).value();
  ASSERT_TRUE(acls->Create({Allow("x", Operation::kRead)}).ok());
  EXPECT_FALSE(acls->Allows(kAnn, Operation::kRead, ResourceType::kGroup, "x"));
}

TEST_F(AclsTest, WhatIsCreatedOrDeletedIsSoAfterARestart) {
  StoreForTest store;
  const Acl odd = Allow("a/b%c", Operation::kRead, "User:CN=ann, O=x/y");
  {
    const auto acls = Acls::Open(*store, {}).value();
    ASSERT_TRUE(acls->Create({odd, Prefixed(Allow("p", Operation::kWrite))}).ok());
    ASSERT_TRUE(acls->Create({odd}).ok());  // again
    EXPECT_THAT(acls->Matching({}), SizeIs(2));
  }
  store.Reopen();
  const auto acls = Acls::Open(*store, {}).value();
  EXPECT_THAT(acls->Matching({}),
              UnorderedElementsAre(odd, Prefixed(Allow("p", Operation::kWrite))));
  ASSERT_TRUE(acls->Delete({odd}).ok());
  store.Reopen();
  EXPECT_THAT(Acls::Open(*store, {}).value()->Matching({}),
              ElementsAre(Prefixed(Allow("p", Operation::kWrite))));
}

TEST_F(AclsTest, FiltersFindByEachPartAndByWhatCoversAName) {
  StoreForTest store;
  const auto acls = Acls::Open(*store, {}).value();
  const Acl literal = Allow("orders", Operation::kRead);
  const Acl any = Allow("*", Operation::kWrite, "User:bob");
  const Acl prefix = Prefixed(Allow("ord", Operation::kRead));
  ASSERT_TRUE(acls->Create({literal, any, prefix}).ok());
  EXPECT_THAT(acls->Matching({.name = "orders"}), ElementsAre(literal));
  EXPECT_THAT(acls->Matching({.pattern = PatternType::kMatch, .name = "orders"}),
              UnorderedElementsAre(literal, any, prefix));
  EXPECT_THAT(acls->Matching({.pattern = PatternType::kMatch, .name = "x"}), ElementsAre(any));
  EXPECT_THAT(acls->Matching({.pattern = PatternType::kPrefixed}), ElementsAre(prefix));
  EXPECT_THAT(acls->Matching({.principal = "User:bob"}), ElementsAre(any));
  EXPECT_THAT(acls->Matching({.operation = Operation::kWrite}), ElementsAre(any));
  EXPECT_THAT(acls->Matching({.permission = Permission::kDeny}), IsEmpty());
  EXPECT_THAT(acls->Matching({.type = ResourceType::kGroup}), IsEmpty());
}

TEST(EntryKeyTest, PartsOfAnyBytesComeBack) {
  const std::vector<std::string> parts = {"a", "", "b/c", "%2F", "100%", std::string("\0\n", 2)};
  EXPECT_EQ(EntryKeyParts(EntryKey(parts)), parts);
  EXPECT_EQ(EntryKeyParts("a%zz"), std::nullopt);
  EXPECT_EQ(EntryKeyParts("a%2"), std::nullopt);
}

}  // namespace
}  // namespace kafka::server
