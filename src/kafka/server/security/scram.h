// The arithmetic of SCRAM (RFC 5802, RFC 7677): what a server keeps of a password, and the proofs
// that both sides give. Pure; THREAD: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kafka::server {

// The numbers are the protocol's (KIP-554).
enum class ScramMechanism : int8_t { kSha256 = 1, kSha512 = 2 };

inline constexpr ScramMechanism kScramMechanisms[] = {ScramMechanism::kSha256,
                                                      ScramMechanism::kSha512};

// "SCRAM-SHA-256".
[[nodiscard]] std::string_view MechanismName(ScramMechanism mechanism);
[[nodiscard]] std::optional<ScramMechanism> ScramMechanismOf(std::string_view name);
[[nodiscard]] std::optional<ScramMechanism> ScramMechanismOf(int8_t number);

inline constexpr int32_t kScramIterationsMin = 4'096;
inline constexpr int32_t kScramIterationsMax = 16'384;

// What is kept: enough to verify a password or a proof, not enough to give one.
struct ScramCredential {
  std::string salt;
  std::string stored_key;
  std::string server_key;
  int32_t iterations = 0;

  friend bool operator==(const ScramCredential&, const ScramCredential&) = default;
};

[[nodiscard]] std::string SaltedPassword(ScramMechanism mechanism, std::string_view password,
                                         std::string_view salt, int32_t iterations);
[[nodiscard]] ScramCredential CredentialOf(ScramMechanism mechanism,
                                           std::string_view salted_password, std::string salt,
                                           int32_t iterations);

// The client's proof that it knows the password, over `auth_message`.
[[nodiscard]] std::string ClientProof(ScramMechanism mechanism, std::string_view salted_password,
                                      std::string_view auth_message);
// In constant time.
[[nodiscard]] bool Proves(ScramMechanism mechanism, const ScramCredential& credential,
                          std::string_view auth_message, std::string_view proof);
// The server's proof that it knows the credential.
[[nodiscard]] std::string ServerSignature(ScramMechanism mechanism,
                                          const ScramCredential& credential,
                                          std::string_view auth_message);

[[nodiscard]] std::string Hmac(ScramMechanism mechanism, std::string_view key,
                               std::string_view text);
[[nodiscard]] bool EqualInConstantTime(std::string_view a, std::string_view b);
// From the system's generator of cryptographic randomness.
[[nodiscard]] std::string RandomBytes(size_t size);

}  // namespace kafka::server
