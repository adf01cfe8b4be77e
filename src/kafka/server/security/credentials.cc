#include "kafka/server/security/credentials.h"

#include <charconv>

#include "base/text.h"
#include "kafka/server/metadata_store.h"
#include "kafka/server/security/base64.h"
#include "kafka/server/security/entry_key.h"

namespace kafka::server {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr std::string_view kPrefix = "scram/";
constexpr std::string_view kSecretKey = "scram-secret";
constexpr std::string_view kPlain = "PLAIN";

// "scram/<user>/SCRAM-SHA-256".
std::string KeyOf(const std::string& user, ScramMechanism mechanism) {
  return EntryKey({"scram", user, std::string(MechanismName(mechanism))});
}

std::string Text(const ScramCredential& credential) {
  return "salt=" + EncodeBase64(credential.salt) +
         ",stored_key=" + EncodeBase64(credential.stored_key) +
         ",server_key=" + EncodeBase64(credential.server_key) +
         ",iterations=" + std::to_string(credential.iterations);
}

// nullopt: not what Text writes.
std::optional<ScramCredential> ParseCredential(std::string_view text) {
  ScramCredential credential;
  for (const std::string_view pair : base::Split(text, ',')) {
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = pair.substr(0, equals);
    const std::string_view value = pair.substr(equals + 1);
    if (name == "iterations") {
      const auto end = value.data() + value.size();
      if (std::from_chars(value.data(), end, credential.iterations).ptr != end) return std::nullopt;
      continue;
    }
    auto bytes = DecodeBase64(value);
    if (!bytes.has_value()) return std::nullopt;
    if (name == "salt") credential.salt = std::move(*bytes);
    if (name == "stored_key") credential.stored_key = std::move(*bytes);
    if (name == "server_key") credential.server_key = std::move(*bytes);
  }
  if (credential.iterations < kScramIterationsMin || credential.iterations > kScramIterationsMax ||
      credential.stored_key.empty() || credential.server_key.empty()) {
    return std::nullopt;
  }
  return credential;
}

}  // namespace

Credentials::Credentials(MetadataStore& store, Options options)
    : store_(store),
      options_(std::move(options)),
      first_secret_(EncodeBase64(RandomBytes(kSaltBytes))) {}

base::Result<std::unique_ptr<Credentials>> Credentials::Open(MetadataStore& store,
                                                             Options options) {
  for (const std::string& mechanism : options.mechanisms) {
    if (mechanism != kPlain && !ScramMechanismOf(std::string_view(mechanism)).has_value()) {
      return base::InvalidArgument("no SASL mechanism '" + mechanism + "'",
                                   "There are PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512.");
    }
  }
  std::unique_ptr<Credentials> credentials(new Credentials(store, std::move(options)));
  for (const User& user : credentials->options_.users) {
    if (user.name.empty() || user.password.empty()) {
      return base::InvalidArgument("a user without a " +
                                   std::string(user.name.empty() ? "name" : "password"));
    }
    for (const ScramMechanism mechanism : kScramMechanisms) {
      std::string salt = RandomBytes(kSaltBytes);
      const std::string salted =
          SaltedPassword(mechanism, user.password, salt, kScramIterationsMin);
      credentials->configured_[{user.name, mechanism}] =
          CredentialOf(mechanism, salted, std::move(salt), kScramIterationsMin);
    }
  }
  return credentials;
}

std::optional<ScramCredential> Credentials::Find(ScramMechanism mechanism,
                                                 const std::string& user) const {
  if (const auto found = configured_.find({user, mechanism}); found != configured_.end()) {
    return found->second;
  }
  const auto text = store_.Get(KeyOf(user, mechanism));
  return text.has_value() ? ParseCredential(*text) : std::nullopt;
}

ScramCredential Credentials::FindOrDecoy(ScramMechanism mechanism, const std::string& user) const {
  if (auto credential = Find(mechanism, user)) return std::move(*credential);
  const std::string secret = store_.Get(std::string(kSecretKey)).value_or(first_secret_);
  ScramCredential decoy;
  decoy.salt = Hmac(ScramMechanism::kSha512, secret, "salt " + user).substr(0, kSaltBytes);
  // No password is known to hash to these.
  decoy.stored_key = Hmac(mechanism, secret, "stored " + user);
  decoy.server_key = Hmac(mechanism, secret, "server " + user);
  decoy.iterations = kScramIterationsMin;
  return decoy;
}

bool Credentials::HasPassword(const std::string& user, std::string_view password) const {
  const bool has_sha512 = Find(ScramMechanism::kSha512, user).has_value();
  const bool has_sha256 = !has_sha512 && Find(ScramMechanism::kSha256, user).has_value();
  const ScramMechanism mechanism = has_sha256 ? ScramMechanism::kSha256 : ScramMechanism::kSha512;
  const ScramCredential credential = FindOrDecoy(mechanism, user);
  const std::string salted =
      SaltedPassword(mechanism, password, credential.salt, credential.iterations);
  const ScramCredential given =
      CredentialOf(mechanism, salted, credential.salt, credential.iterations);
  return EqualInConstantTime(given.stored_key, credential.stored_key);
}

Credentials::Listing Credentials::List() const {
  Listing listing;
  for (const auto& [key, text] : store_.WithPrefix(kPrefix)) {
    const auto parts = EntryKeyParts(key);
    if (!parts.has_value() || parts->size() != 3) continue;
    const auto mechanism = ScramMechanismOf(std::string_view((*parts)[2]));
    const auto credential = ParseCredential(text);
    if (mechanism && credential) listing[(*parts)[1]][*mechanism] = credential->iterations;
  }
  for (const auto& [key, credential] : configured_) {
    listing[key.first][key.second] = credential.iterations;
  }
  return listing;
}

base::Result<void> Credentials::Apply(const std::vector<Change>& changes) {
  if (changes.empty()) return {};
  std::vector<MetadataStore::Change> entries;
  // Decoys must not change when real salts do not.
  if (!store_.Get(std::string(kSecretKey)).has_value()) {
    entries.emplace_back(kSecretKey, first_secret_);
  }
  for (const Change& change : changes) {
    entries.emplace_back(
        KeyOf(change.user, change.mechanism),
        change.credential.has_value() ? std::optional(Text(*change.credential)) : std::nullopt);
  }
  return store_.Put(entries);
}

}  // namespace kafka::server
