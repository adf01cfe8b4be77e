// Credentials: the users this broker knows, by what SCRAM keeps of their passwords. Some stand in
// the configuration, the others are made by clients (KIP-554) and kept in the metadata store.
// Owner; THREAD: any. docs/security.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kafka/server/security/scram.h"

namespace kafka::server {

class MetadataStore;

class Credentials {
 public:
  struct User {
    std::string name;
    std::string password;
  };
  struct Options {
    std::vector<User> users = {};  // known from the start; clients cannot change them
    // Offered to clients, the first ones first.
    std::vector<std::string> mechanisms = {"SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"};
    int64_t session_lifetime_ms =
        0;  // an authentication is good for so long (KIP-368); 0: for ever
  };
  // `store` is borrowed. ERRORS: kInvalidArgument: an unknown mechanism, an empty name or password.
  static base::Result<std::unique_ptr<Credentials>> Open(MetadataStore& store, Options options);

  [[nodiscard]] const std::vector<std::string>& mechanisms() const { return options_.mechanisms; }
  [[nodiscard]] int64_t session_lifetime_ms() const { return options_.session_lifetime_ms; }

  [[nodiscard]] std::optional<ScramCredential> Find(ScramMechanism mechanism,
                                                    const std::string& user) const;
  // Of an unknown user one that nobody has, and the same each time: so that neither the exchange
  // nor its duration tells who exists.
  [[nodiscard]] ScramCredential FindOrDecoy(ScramMechanism mechanism,
                                            const std::string& user) const;
  // Takes the time of a derivation, whoever asks.
  [[nodiscard]] bool HasPassword(const std::string& user, std::string_view password) const;

  [[nodiscard]] bool IsConfigured(const std::string& user) const {
    return configured_.contains({user, ScramMechanism::kSha512});
  }
  // Iterations by mechanism, of every user.
  using Listing = std::map<std::string, std::map<ScramMechanism, int32_t>>;
  [[nodiscard]] Listing List() const;

  struct Change {
    std::string user;
    ScramMechanism mechanism = ScramMechanism::kSha256;
    std::optional<ScramCredential> credential = {};  // nullopt: removed
  };
  // All or none, durable on return. BLOCKS. ERRORS: kIo.
  base::Result<void> Apply(const std::vector<Change>& changes);

 private:
  Credentials(MetadataStore& store, Options options);

  MetadataStore& store_;
  const Options options_;
  std::map<std::pair<std::string, ScramMechanism>, ScramCredential> configured_;
  const std::string first_secret_;  // of decoys, until one is kept
};

}  // namespace kafka::server
