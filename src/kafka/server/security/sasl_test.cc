// Authentication: the conversations of RFC 4616 and RFC 7677, and what must not pass.
#include "kafka/server/security/sasl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/server/security/base64.h"
#include "kafka/server/security/credentials.h"
#include "kafka/server/security/security_test_support.h"

namespace kafka::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using State = SaslStep::State;

// The example of RFC 7677.
constexpr const char* kSalt = "W22ZaJ0SNY7soEsUEjb6gQ==";
constexpr const char* kClientNonce = "rOprNGfwEbeRWgbNEkqO";
constexpr const char* kServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr const char* kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr const char* kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr const char* kFinalStart = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

struct Example {
  ScramMechanism mechanism;
  const char* proof;
  const char* signature;
};
// Those of SHA-512 were calculated with Python's hashlib.
constexpr Example kExamples[] = {
    {ScramMechanism::kSha256, "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
     "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
    {ScramMechanism::kSha512,
     "gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==",
     "ZQnYEgWQMFmmsM8aQMF0nDDCy/"
     "AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw=="},
};

class SaslTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const Example& example : kExamples) Keep("user", example.mechanism, "pencil");
  }
  void Keep(const std::string& user, ScramMechanism mechanism, std::string_view password) {
    const std::string salt = *DecodeBase64(kSalt);
    const std::string salted = SaltedPassword(mechanism, password, salt, 4096);
    ASSERT_TRUE(credentials_
                    ->Apply({{.user = user,
                              .mechanism = mechanism,
                              .credential = CredentialOf(mechanism, salted, salt, 4096)}})
                    .ok());
  }
  std::shared_ptr<SaslExchange> Start(ScramMechanism mechanism = ScramMechanism::kSha256) {
    return StartSasl(MechanismName(mechanism), *credentials_, kServerNonce);
  }
  // The state after the second of these messages.
  State Ends(std::string_view first, std::string_view second) {
    const auto exchange = Start();
    const SaslStep step = exchange->Respond(first);
    return step.state == State::kContinue ? exchange->Respond(second).state : step.state;
  }
  State Plain(std::string_view token) {
    return StartSasl("PLAIN", *credentials_)->Respond(token).state;
  }

  StoreForTest store_;
  std::unique_ptr<Credentials> credentials_ =
      Credentials::Open(*store_, {.users = {{"conf", "igured"}}}).value();
};

TEST_F(SaslTest, ScramTakesTheProofOfTheStandardsExampleAndGivesItsSignature) {
  for (const Example& example : kExamples) {
    const auto exchange = Start(example.mechanism);
    const SaslStep first = exchange->Respond(kClientFirst);
    EXPECT_EQ(first.state, State::kContinue);
    EXPECT_EQ(first.token, kServerFirst);
    const SaslStep last =
        exchange->Respond(std::string(kFinalStart) + ",p=" + std::string(example.proof));
    EXPECT_EQ(last.state, State::kAuthenticated);
    EXPECT_EQ(last.token, "v=" + std::string(example.signature));
    EXPECT_EQ(last.user, "user");
  }
}

TEST_F(SaslTest, ScramRefusesWhatIsNotTheProofOfThisConversation) {
  const std::string proof = ",p=" + std::string(kExamples[0].proof);
  ASSERT_EQ(Ends(kClientFirst, kFinalStart + proof), State::kAuthenticated);
  EXPECT_EQ(Ends("n,,n=user2,r=rOprNGfwEbeRWgbNEkqO", kFinalStart + proof), State::kFailed);
  EXPECT_EQ(Ends(kClientFirst, std::string(kFinalStart) + ",p=" + kExamples[1].proof),
            State::kFailed);
  EXPECT_EQ(Ends(kClientFirst, kFinalStart), State::kFailed);
  EXPECT_EQ(Ends(kClientFirst, std::string(kFinalStart) + ",p="), State::kFailed);
  // Another nonce; another channel than in the first message; a proof over less than was said.
  EXPECT_EQ(Ends(kClientFirst, "c=biws,r=" + std::string(kClientNonce) + proof), State::kFailed);
  EXPECT_EQ(Ends("y,,n=user,r=rOprNGfwEbeRWgbNEkqO", kFinalStart + proof), State::kFailed);
  EXPECT_EQ(Ends(kClientFirst, std::string(kFinalStart) + ",x=1" + proof), State::kFailed);
  EXPECT_EQ(Ends(kClientFirst, ""), State::kFailed);
}

TEST_F(SaslTest, ScramRefusesAFirstMessageThatIsNone) {
  for (const char* first : {"", "n", "n,,", "n,,n=user", "n,,r=x,n=user", "n,,n=,r=x",
                            "n,,n=user,r=", "p=tls-unique,,n=user,r=x", "n,a=other,n=user,r=x",
                            "n,,n=us=er,r=x", "n,,n=user,r=a b"}) {
    EXPECT_EQ(Start()->Respond(first).state, State::kFailed) << first;
  }
  EXPECT_EQ(Start()->Respond("n,a=user,n=user,r=x").state, State::kContinue);
}

TEST_F(SaslTest, ScramTakesTheNonceOfOldLibrdkafkaWhichRepeatsItsOwn) {
  const auto exchange = Start();
  const SaslStep first = exchange->Respond(kClientFirst);
  const std::string without_proof =
      "c=biws,r=" + std::string(kClientNonce) + kClientNonce + kServerNonce;
  const std::string proof =
      ClientProof(ScramMechanism::kSha256,
                  SaltedPassword(ScramMechanism::kSha256, "pencil", *DecodeBase64(kSalt), 4096),
                  std::string(kClientFirst).substr(3) + "," + first.token + "," + without_proof);
  EXPECT_EQ(exchange->Respond(without_proof + ",p=" + EncodeBase64(proof)).state,
            State::kAuthenticated);
}

TEST_F(SaslTest, ANameWithCommasAndEqualsSignsIsItself) {
  Keep("a,b=c", ScramMechanism::kSha256, "secret");
  const auto exchange = Start();
  const SaslStep first = exchange->Respond("n,,n=a=2Cb=3Dc,r=xyz");
  const std::string without_proof = "c=biws,r=xyz" + std::string(kServerNonce);
  const std::string proof =
      ClientProof(ScramMechanism::kSha256,
                  SaltedPassword(ScramMechanism::kSha256, "secret", *DecodeBase64(kSalt), 4096),
                  "n=a=2Cb=3Dc,r=xyz," + first.token + "," + without_proof);
  const SaslStep last = exchange->Respond(without_proof + ",p=" + EncodeBase64(proof));
  EXPECT_EQ(last.state, State::kAuthenticated);
  EXPECT_EQ(last.user, "a,b=c");
}

TEST_F(SaslTest, AnUnknownUserIsToldTheSameSaltEachTimeAndAfterARestart) {
  const std::string first = Start()->Respond("n,,n=nobody,r=x").token;
  EXPECT_THAT(first, StartsWith("r=x%hvY"));
  EXPECT_THAT(first, HasSubstr(",i=4096"));
  EXPECT_EQ(Start()->Respond("n,,n=nobody,r=x").token, first);
  EXPECT_NE(Start()->Respond("n,,n=nobody2,r=x").token, first);
  store_.Reopen();
  credentials_ = Credentials::Open(*store_, {}).value();
  EXPECT_EQ(Start()->Respond("n,,n=nobody,r=x").token, first);
}

TEST_F(SaslTest, PlainTakesThePasswordOfWhomItNamesAndNothingElse) {
  using namespace std::string_view_literals;
  EXPECT_EQ(Plain("\0user\0pencil"sv), State::kAuthenticated);
  EXPECT_EQ(Plain("user\0user\0pencil"sv), State::kAuthenticated);
  EXPECT_EQ(Plain("\0conf\0igured"sv), State::kAuthenticated);
  for (const auto token : {"\0user\0pencils"sv, "\0user\0"sv, "\0\0pencil"sv, "\0nobody\0pencil"sv,
                           "root\0user\0pencil"sv, "user\0pencil"sv, "\0user\0pencil\0"sv, ""sv}) {
    EXPECT_EQ(Plain(token), State::kFailed) << token;
  }
}

TEST_F(SaslTest, ACredentialOfOneMechanismIsEnoughForPlain) {
  using namespace std::string_view_literals;
  Keep("half", ScramMechanism::kSha256, "pw");
  EXPECT_EQ(Plain("\0half\0pw"sv), State::kAuthenticated);
}

TEST_F(SaslTest, AMechanismThatIsNotOfferedDoesNotStart) {
  EXPECT_EQ(StartSasl("GSSAPI", *credentials_), nullptr);
  const auto few = Credentials::Open(*store_, {.mechanisms = {"SCRAM-SHA-512"}}).value();
  EXPECT_EQ(StartSasl("PLAIN", *few), nullptr);
  EXPECT_EQ(StartSasl("SCRAM-SHA-256", *few), nullptr);
  EXPECT_NE(StartSasl("SCRAM-SHA-512", *few), nullptr);
}

TEST(CredentialsTest, WhatIsKeptIsThereAfterARestartAndRemovedForGood) {
  StoreForTest store;
  const ScramCredential credential =
      CredentialOf(ScramMechanism::kSha512, "salted", std::string("\0,=", 3), 8192);
  const Credentials::Change keep{
      .user = "a/b", .mechanism = ScramMechanism::kSha512, .credential = credential};
  ASSERT_TRUE(Credentials::Open(*store, {}).value()->Apply({keep}).ok());
  store.Reopen();
  {
    const auto credentials = Credentials::Open(*store, {}).value();
    EXPECT_EQ(credentials->Find(ScramMechanism::kSha512, "a/b"), credential);
    EXPECT_EQ(credentials->Find(ScramMechanism::kSha256, "a/b"), std::nullopt);
    const Credentials::Listing expected = {{"a/b", {{ScramMechanism::kSha512, 8192}}}};
    EXPECT_EQ(credentials->List(), expected);
    ASSERT_TRUE(credentials->Apply({{.user = "a/b", .mechanism = ScramMechanism::kSha512}}).ok());
  }
  store.Reopen();
  EXPECT_TRUE(Credentials::Open(*store, {}).value()->List().empty());
}

TEST(CredentialsTest, AUserOfTheConfigurationHasBothMechanismsAndIsNotKept) {
  StoreForTest store;
  {
    const auto credentials = Credentials::Open(*store, {.users = {{"ann", "pw"}}}).value();
    EXPECT_TRUE(credentials->IsConfigured("ann"));
    EXPECT_EQ(credentials->List().at("ann").size(), 2u);
    EXPECT_TRUE(credentials->HasPassword("ann", "pw"));
    EXPECT_FALSE(credentials->HasPassword("ann", "pw2"));
  }
  EXPECT_TRUE(Credentials::Open(*store, {}).value()->List().empty());
  EXPECT_FALSE(Credentials::Open(*store, {.users = {{"ann", ""}}}).ok());
  EXPECT_FALSE(Credentials::Open(*store, {.mechanisms = {"GSSAPI"}}).ok());
}

TEST(Base64Test, OnlyTheOneFormOfBytesIsRead) {
  for (const char* text : {"", "YQ==", "YWI=", "YWJj", "/+8="}) {
    const auto bytes = DecodeBase64(text);
    ASSERT_TRUE(bytes.has_value()) << text;
    EXPECT_EQ(EncodeBase64(*bytes), text);
  }
  for (const char* text : {"YQ", "YQ=", "YR==", "Y Q=", "YQ==\n", "====", "YWI=YWI="}) {
    EXPECT_EQ(DecodeBase64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace kafka::server
