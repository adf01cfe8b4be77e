// DescribeUserScramCredentials and AlterUserScramCredentials (KIP-554). Passwords never come here:
// the client derives what is kept. THREAD: the session's. BLOCKS: for the disk.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kafka/server/api/security_handlers.h"
#include "kafka/server/error_map.h"
#include "kafka/server/security/credentials.h"
#include "kafka/wire/alter_user_scram_credentials.h"
#include "kafka/wire/describe_user_scram_credentials.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

struct Problem {
  ErrorCode error = ErrorCode::kNone;
  std::string message;
};

// What a request does to one user: all of it or none.
struct Alteration {
  std::vector<Credentials::Change> changes;
  std::set<int8_t> mechanisms;
  std::optional<Problem> problem;  // the first found

  void Fail(ErrorCode error, std::string message) {
    if (!problem.has_value()) problem = Problem{error, std::move(message)};
  }
  void See(int8_t mechanism) {
    if (!mechanisms.insert(mechanism).second) {
      Fail(ErrorCode::kDuplicateResource, "A user's credential is altered twice at once.");
    }
  }
};

void Delete(const wire::AlterUserScramCredentialsRequest::ScramCredentialDeletion& asked,
            const Credentials& credentials, Alteration& alteration) {
  alteration.See(asked.mechanism);
  const auto mechanism = ScramMechanismOf(asked.mechanism);
  if (!mechanism.has_value()) {
    return alteration.Fail(ErrorCode::kUnsupportedSaslMechanism, "There is no such mechanism.");
  }
  if (!credentials.Find(*mechanism, asked.name).has_value()) {
    return alteration.Fail(ErrorCode::kResourceNotFound,
                           "The user has no credential of this mechanism.");
  }
  alteration.changes.push_back({.user = asked.name, .mechanism = *mechanism});
}

void Upsert(const wire::AlterUserScramCredentialsRequest::ScramCredentialUpsertion& asked,
            Alteration& alteration) {
  alteration.See(asked.mechanism);
  const auto mechanism = ScramMechanismOf(asked.mechanism);
  if (!mechanism.has_value()) {
    return alteration.Fail(ErrorCode::kUnsupportedSaslMechanism, "There is no such mechanism.");
  }
  if (asked.name.empty() || asked.salt.empty() || asked.salted_password.empty()) {
    return alteration.Fail(ErrorCode::kUnacceptableCredential,
                           "The name, the salt or the salted password is empty.");
  }
  if (asked.iterations < kScramIterationsMin || asked.iterations > kScramIterationsMax) {
    return alteration.Fail(ErrorCode::kUnacceptableCredential,
                           "There are " + std::to_string(kScramIterationsMin) + " to " +
                               std::to_string(kScramIterationsMax) + " iterations.");
  }
  alteration.changes.push_back({.user = asked.name,
                                .mechanism = *mechanism,
                                .credential = CredentialOf(*mechanism, asked.salted_password,
                                                           asked.salt, asked.iterations)});
}

}  // namespace

Answer<wire::AlterUserScramCredentialsResponse> Handle(
    const wire::AlterUserScramCredentialsRequest& request, Call& call) {
  Credentials& credentials = call.broker.credentials;
  std::map<std::string, Alteration> users;
  for (const auto& deletion : request.deletions) {
    Delete(deletion, credentials, users[deletion.name]);
  }
  for (const auto& upsertion : request.upsertions) Upsert(upsertion, users[upsertion.name]);

  const bool allowed = call.AllowedOnCluster(Operation::kAlter);
  std::vector<Credentials::Change> changes;
  for (auto& [user, alteration] : users) {
    if (!allowed) {
      alteration.problem = {ErrorCode::kClusterAuthorizationFailed,
                            "Cluster authorization failed."};
    } else if (credentials.IsConfigured(user)) {
      alteration.Fail(ErrorCode::kUnacceptableCredential,
                      "The user stands in the broker's configuration and is changed there.");
    }
    if (alteration.problem.has_value()) continue;
    changes.insert(changes.end(), alteration.changes.begin(), alteration.changes.end());
  }
  if (const auto applied = credentials.Apply(changes); !applied.ok()) {
    for (auto& [user, alteration] : users) {
      alteration.Fail(ErrorOf(applied.error()), applied.error().message());
    }
  }
  wire::AlterUserScramCredentialsResponse response;
  for (auto& [user, alteration] : users) {
    auto& result = response.results.emplace_back();
    result.user = user;
    result.error_message = std::nullopt;
    if (!alteration.problem.has_value()) continue;
    result.error_code = Code(alteration.problem->error);
    result.error_message = std::move(alteration.problem->message);
  }
  return response;
}

Answer<wire::DescribeUserScramCredentialsResponse> Handle(
    const wire::DescribeUserScramCredentialsRequest& request, Call& call) {
  wire::DescribeUserScramCredentialsResponse response;
  response.error_message = std::nullopt;
  if (!call.AllowedOnCluster(Operation::kDescribe)) {
    response.error_code = Code(ErrorCode::kClusterAuthorizationFailed);
    response.error_message = "Cluster authorization failed.";
    return response;
  }
  const Credentials::Listing listing = call.broker.credentials.List();
  std::map<std::string, int> asked;  // how often
  if (request.users.has_value()) {
    for (const auto& user : *request.users) ++asked[user.name];
  }
  if (asked.empty()) {
    for (const auto& [user, mechanisms] : listing) asked[user] = 1;
  }
  for (const auto& [user, times] : asked) {
    auto& result = response.results.emplace_back();
    result.user = user;
    result.error_message = std::nullopt;
    const auto found = listing.find(user);
    if (times > 1) {
      result.error_code = Code(ErrorCode::kDuplicateResource);
      result.error_message = "The user is asked for more than once.";
    } else if (found == listing.end()) {
      result.error_code = Code(ErrorCode::kResourceNotFound);
      result.error_message = "The user has no SCRAM credential.";
    } else {
      for (const auto& [mechanism, iterations] : found->second) {
        result.credential_infos.push_back(
            {.mechanism = static_cast<int8_t>(mechanism), .iterations = iterations});
      }
    }
  }
  return response;
}

}  // namespace kafka::server
