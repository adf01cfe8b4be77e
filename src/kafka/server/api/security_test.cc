// The APIs of security, from frame to frame.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "kafka/server/security/acls.h"
#include "kafka/server/security/base64.h"
#include "kafka/server/security/scram.h"
#include "kafka/server/security/security_test_support.h"
#include "kafka/server/test_broker.h"
#include "kafka/wire/alter_client_quotas.h"
#include "kafka/wire/alter_user_scram_credentials.h"
#include "kafka/wire/create_acls.h"
#include "kafka/wire/delete_acls.h"
#include "kafka/wire/describe_acls.h"
#include "kafka/wire/describe_client_quotas.h"
#include "kafka/wire/describe_user_scram_credentials.h"
#include "kafka/wire/metadata.h"
#include "kafka/wire/sasl_authenticate.h"
#include "kafka/wire/sasl_handshake.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using testing::ElementsAre;
using testing::SizeIs;

constexpr int8_t kSha256 = 1;

class SecurityApiTest : public testing::Test {
 protected:
  // Makes a user as an administrator's client does.
  void MakeUser(TestClient& admin, const std::string& name, std::string_view password) {
    const std::string salted =
        SaltedPassword(ScramMechanism::kSha256, password, "some salt", kScramIterationsMin);
    const auto made = admin.Ask(
        wire::AlterUserScramCredentialsRequest{.upsertions = {{.name = name,
                                                               .mechanism = kSha256,
                                                               .iterations = kScramIterationsMin,
                                                               .salt = "some salt",
                                                               .salted_password = salted}}});
    ASSERT_THAT(made.results, SizeIs(1));
    ASSERT_EQ(made.results[0].error_code, Code(ErrorCode::kNone));
  }
  int16_t Handshake(TestClient& client, const std::string& mechanism) {
    return client.Ask(wire::SaslHandshakeRequest{.mechanism = mechanism}).error_code;
  }
  wire::SaslAuthenticateResponse Token(TestClient& client, std::string token) {
    return client.Ask(wire::SaslAuthenticateRequest{.auth_bytes = std::move(token)});
  }
  static std::string Plain(const std::string& user, const std::string& password) {
    return std::string(1, '\0') + user + std::string(1, '\0') + password;
  }
  static Peer SaslPeer() { return {.host = "10.0.0.1", .needs_sasl = true}; }
};

TEST_F(SecurityApiTest, AUserMadeByAClientAuthenticatesWithScramAndPlain) {
  TestBroker test;
  TestClient admin(test);
  MakeUser(admin, "ann", "secret");

  TestClient scram(test, SaslPeer());
  ASSERT_EQ(Handshake(scram, "SCRAM-SHA-256"), Code(ErrorCode::kNone));
  const std::string first_bare = "n=ann,r=abc";
  const std::string server_first = Token(scram, "n,," + first_bare).auth_bytes;
  const std::string nonce = server_first.substr(2, server_first.find(',') - 2);
  const std::string without_proof = "c=biws,r=" + nonce;
  const std::string proof = ClientProof(
      ScramMechanism::kSha256, SaltedPassword(ScramMechanism::kSha256, "secret", "some salt", 4096),
      first_bare + "," + server_first + "," + without_proof);
  const auto last = Token(scram, without_proof + ",p=" + EncodeBase64(proof));
  EXPECT_EQ(last.error_code, Code(ErrorCode::kNone));
  EXPECT_EQ(last.auth_bytes.substr(0, 2), "v=");
  EXPECT_THAT(scram.Ask(wire::MetadataRequest()).brokers, SizeIs(1));

  TestClient plain(test, SaslPeer());
  ASSERT_EQ(Handshake(plain, "PLAIN"), Code(ErrorCode::kNone));
  EXPECT_EQ(Token(plain, Plain("ann", "secret")).error_code, Code(ErrorCode::kNone));
  EXPECT_THAT(plain.Ask(wire::MetadataRequest()).brokers, SizeIs(1));
}

TEST_F(SecurityApiTest, AFailedAttemptIsToldWithoutAReasonAndThenNotHeardForAWhile) {
  TestBroker test;
  TestClient admin(test);
  MakeUser(admin, "ann", "secret");
  std::string told;
  for (const char* user : {"ann", "nobody"}) {
    TestClient client(test, SaslPeer());
    ASSERT_EQ(Handshake(client, "PLAIN"), Code(ErrorCode::kNone));
    const auto refused = Token(client, Plain(user, "wrong"));
    EXPECT_EQ(refused.error_code, Code(ErrorCode::kSaslAuthenticationFailed));
    if (told.empty()) told = refused.error_message.value_or("");
    EXPECT_EQ(refused.error_message, told);
    EXPECT_FALSE(client.session().wants_request());
    test.clock().Advance(base::limits::kKafkaSaslFailurePauseMs);
    EXPECT_TRUE(client.session().wants_request());
    // The attempt is over; another begins with a handshake.
    EXPECT_EQ(Token(client, Plain("ann", "secret")).error_code, Code(ErrorCode::kIllegalSaslState));
  }
}

TEST_F(SecurityApiTest, AHandshakeIsForAMechanismOfAListenerThatAsksForOne) {
  TestBroker test;
  TestClient client(test, SaslPeer());
  EXPECT_EQ(Handshake(client, "GSSAPI"), Code(ErrorCode::kUnsupportedSaslMechanism));
  TestClient open(test);
  EXPECT_EQ(Handshake(open, "PLAIN"), Code(ErrorCode::kIllegalSaslState));
}

TEST_F(SecurityApiTest, AConnectionStaysWithTheUserItBeganWith) {
  TestBroker test;
  TestClient admin(test);
  MakeUser(admin, "ann", "secret");
  MakeUser(admin, "bob", "secret");
  TestClient client(test, SaslPeer());
  Handshake(client, "PLAIN");
  EXPECT_EQ(Token(client, Plain("ann", "secret")).error_code, Code(ErrorCode::kNone));
  Handshake(client, "PLAIN");
  EXPECT_EQ(Token(client, Plain("ann", "secret")).error_code, Code(ErrorCode::kNone));
  Handshake(client, "PLAIN");
  EXPECT_EQ(Token(client, Plain("bob", "secret")).error_code,
            Code(ErrorCode::kSaslAuthenticationFailed));
}

TEST_F(SecurityApiTest, CredentialsOfAUserAreAlteredAllOrNoneAndDescribed) {
  TestBroker test;
  TestClient admin(test);
  MakeUser(admin, "ann", "secret");
  const auto altered = admin.Ask(wire::AlterUserScramCredentialsRequest{
      .deletions = {{.name = "ann", .mechanism = kSha256}, {.name = "ghost", .mechanism = 2}},
      .upsertions = {
          {.name = "ann", .mechanism = 9, .iterations = 4096, .salt = "s", .salted_password = "p"},
          {.name = "weak",
           .mechanism = kSha256,
           .iterations = 4095,
           .salt = "s",
           .salted_password = "p"}}});
  std::map<std::string, int16_t> errors;
  for (const auto& result : altered.results) errors[result.user] = result.error_code;
  const std::map<std::string, int16_t> expected = {
      {"ann", Code(ErrorCode::kUnsupportedSaslMechanism)},
      {"ghost", Code(ErrorCode::kResourceNotFound)},
      {"weak", Code(ErrorCode::kUnacceptableCredential)}};
  EXPECT_EQ(errors, expected);
  test.Restart();
  TestClient later(test);
  const auto all = later.Ask(wire::DescribeUserScramCredentialsRequest{.users = std::nullopt});
  ASSERT_THAT(all.results, SizeIs(1));
  EXPECT_EQ(all.results[0].user, "ann");
  ASSERT_THAT(all.results[0].credential_infos, SizeIs(1));
  EXPECT_EQ(all.results[0].credential_infos[0].iterations, kScramIterationsMin);
}

TEST_F(SecurityApiTest, AclsAreCreatedFoundAndDeleted) {
  StoreForTest store;
  const auto acls = Acls::Open(*store, {.allow_everyone_if_no_acl_found = true}).value();
  TestBroker test({.authorizer = acls.get()});
  TestClient client(test);
  const wire::CreateAclsRequest::AclCreation good{.resource_type = 2,
                                                  .resource_name = "orders",
                                                  .principal = "User:ann",
                                                  .host = "*",
                                                  .operation = 3,
                                                  .permission_type = 3};
  wire::CreateAclsRequest create{.creations = {good, good, good, good, good}};
  create.creations[1].principal = "ann";
  create.creations[2].resource_type = 4;  // the cluster has another name
  create.creations[3].operation = 1;
  create.creations[4].resource_pattern_type = 4;
  const auto created = client.Ask(create);
  std::vector<int16_t> errors;
  for (const auto& result : created.results) errors.push_back(result.error_code);
  const int16_t invalid = Code(ErrorCode::kInvalidRequest);
  EXPECT_THAT(errors, ElementsAre(0, invalid, invalid, invalid, 0));

  const auto described = client.Ask(wire::DescribeAclsRequest{.resource_type_filter = 1,
                                                              .resource_name_filter = std::nullopt,
                                                              .pattern_type_filter = 1,
                                                              .principal_filter = std::nullopt,
                                                              .host_filter = std::nullopt,
                                                              .operation = 1,
                                                              .permission_type = 1});
  EXPECT_THAT(described.resources, SizeIs(2));
  const auto deleted =
      client.Ask(wire::DeleteAclsRequest{.filters = {{.resource_type_filter = 2,
                                                      .resource_name_filter = "orders.eu",
                                                      .pattern_type_filter = 2,
                                                      .principal_filter = std::nullopt,
                                                      .host_filter = std::nullopt,
                                                      .operation = 1,
                                                      .permission_type = 1}}});
  ASSERT_THAT(deleted.filter_results, SizeIs(1));
  EXPECT_THAT(deleted.filter_results[0].matching_acls, SizeIs(1));
}

TEST_F(SecurityApiTest, WithoutListsTheyAreSaidToBeSwitchedOff) {
  TestBroker test;
  TestClient client(test);
  EXPECT_EQ(client.Ask(wire::DescribeAclsRequest{.resource_type_filter = 1}).error_code,
            Code(ErrorCode::kSecurityDisabled));
}

TEST_F(SecurityApiTest, QuotasAreAlteredOpByOpAndFoundByTheirParts) {
  TestBroker test;
  TestClient client(test);
  using Entry = wire::AlterClientQuotasRequest::EntryData;
  const Entry ann{.entity = {{.entity_type = "user", .entity_name = "ann"}},
                  .ops = {{.key = "producer_byte_rate", .value = 1024}}};
  const Entry others{.entity = {{.entity_type = "user", .entity_name = std::nullopt}},
                     .ops = {{.key = "consumer_byte_rate", .value = 5}}};
  Entry wrong = ann;
  wrong.entity[0].entity_name = "bob";
  wrong.ops[0].key = "speed";
  const auto altered = client.Ask(wire::AlterClientQuotasRequest{.entries = {ann, others, wrong}});
  ASSERT_THAT(altered.entries, SizeIs(3));
  EXPECT_EQ(altered.entries[0].error_code, 0);
  EXPECT_EQ(altered.entries[1].error_code, 0);
  EXPECT_EQ(altered.entries[2].error_code, Code(ErrorCode::kInvalidRequest));

  const auto found = [&](int8_t match_type, std::optional<std::string> match) {
    const auto described = client.Ask(wire::DescribeClientQuotasRequest{
        .components = {
            {.entity_type = "user", .match_type = match_type, .match = std::move(match)}}});
    EXPECT_EQ(described.error_code, 0);
    return described.entries.has_value() ? described.entries->size() : 0;
  };
  EXPECT_EQ(found(0, "ann"), 1u);
  EXPECT_EQ(found(0, "bob"), 0u);
  EXPECT_EQ(found(1, std::nullopt), 1u);
  EXPECT_EQ(found(2, std::nullopt), 2u);

  Entry removal = ann;
  removal.ops[0].remove = true;
  client.Ask(wire::AlterClientQuotasRequest{.entries = {removal}, .validate_only = true});
  EXPECT_EQ(found(0, "ann"), 1u);
  client.Ask(wire::AlterClientQuotasRequest{.entries = {removal}});
  EXPECT_EQ(found(0, "ann"), 0u);
}

TEST_F(SecurityApiTest, WhoMayNotIsToldSoByEachOfThem) {
  StoreForTest store;
  const auto acls = Acls::Open(*store, {}).value();
  TestBroker test({.authorizer = acls.get()});
  TestClient client(test);
  const int16_t refused = Code(ErrorCode::kClusterAuthorizationFailed);
  EXPECT_EQ(client.Ask(wire::DescribeAclsRequest()).error_code, refused);
  EXPECT_EQ(client.Ask(wire::CreateAclsRequest{.creations = {{}}}).results.at(0).error_code,
            refused);
  EXPECT_EQ(client.Ask(wire::DeleteAclsRequest{.filters = {{}}}).filter_results.at(0).error_code,
            refused);
  EXPECT_EQ(client.Ask(wire::DescribeUserScramCredentialsRequest()).error_code, refused);
  EXPECT_EQ(client.Ask(wire::AlterUserScramCredentialsRequest{.deletions = {{.name = "x"}}})
                .results.at(0)
                .error_code,
            refused);
  EXPECT_EQ(client.Ask(wire::DescribeClientQuotasRequest()).error_code, refused);
  EXPECT_EQ(client.Ask(wire::AlterClientQuotasRequest{.entries = {{}}}).entries.at(0).error_code,
            refused);
}

}  // namespace
}  // namespace kafka::server
