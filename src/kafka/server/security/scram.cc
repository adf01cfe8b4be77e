#include "kafka/server/security/scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/check.h"

namespace kafka::server {
namespace {

const EVP_MD* Digest(ScramMechanism mechanism) {
  return mechanism == ScramMechanism::kSha256 ? EVP_sha256() : EVP_sha512();
}

const unsigned char* Unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* Unsigned(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

std::string Hash(ScramMechanism mechanism, std::string_view text) {
  std::string hash(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  CHECK(EVP_Digest(text.data(), text.size(), Unsigned(hash), &size, Digest(mechanism), nullptr) ==
        1);
  hash.resize(size);
  return hash;
}

std::string Xor(std::string a, std::string_view b) {
  CHECK(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

}  // namespace

std::string_view MechanismName(ScramMechanism mechanism) {
  switch (mechanism) {
    case ScramMechanism::kSha256:
      return "SCRAM-SHA-256";
    case ScramMechanism::kSha512:
      return "SCRAM-SHA-512";
  }
  return "";
}

std::optional<ScramMechanism> ScramMechanismOf(std::string_view name) {
  for (const ScramMechanism mechanism : kScramMechanisms) {
    if (MechanismName(mechanism) == name) return mechanism;
  }
  return std::nullopt;
}

std::optional<ScramMechanism> ScramMechanismOf(int8_t number) {
  for (const ScramMechanism mechanism : kScramMechanisms) {
    if (static_cast<int8_t>(mechanism) == number) return mechanism;
  }
  return std::nullopt;
}

std::string Hmac(ScramMechanism mechanism, std::string_view key, std::string_view text) {
  std::string code(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  CHECK(HMAC(Digest(mechanism), key.data(), static_cast<int>(key.size()), Unsigned(text),
             text.size(), Unsigned(code), &size) != nullptr);
  code.resize(size);
  return code;
}

std::string SaltedPassword(ScramMechanism mechanism, std::string_view password,
                           std::string_view salt, int32_t iterations) {
  std::string salted(static_cast<size_t>(EVP_MD_size(Digest(mechanism))), '\0');
  CHECK(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), Unsigned(salt),
                          static_cast<int>(salt.size()), iterations, Digest(mechanism),
                          static_cast<int>(salted.size()), Unsigned(salted)) == 1);
  return salted;
}

ScramCredential CredentialOf(ScramMechanism mechanism, std::string_view salted_password,
                             std::string salt, int32_t iterations) {
  return {.salt = std::move(salt),
          .stored_key = Hash(mechanism, Hmac(mechanism, salted_password, "Client Key")),
          .server_key = Hmac(mechanism, salted_password, "Server Key"),
          .iterations = iterations};
}

std::string ClientProof(ScramMechanism mechanism, std::string_view salted_password,
                        std::string_view auth_message) {
  const std::string client_key = Hmac(mechanism, salted_password, "Client Key");
  return Xor(client_key, Hmac(mechanism, Hash(mechanism, client_key), auth_message));
}

bool Proves(ScramMechanism mechanism, const ScramCredential& credential,
            std::string_view auth_message, std::string_view proof) {
  const std::string signature = Hmac(mechanism, credential.stored_key, auth_message);
  if (proof.size() != signature.size()) return false;
  const std::string client_key = Xor(std::string(proof), signature);
  return EqualInConstantTime(Hash(mechanism, client_key), credential.stored_key);
}

std::string ServerSignature(ScramMechanism mechanism, const ScramCredential& credential,
                            std::string_view auth_message) {
  return Hmac(mechanism, credential.server_key, auth_message);
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  CHECK(RAND_bytes(Unsigned(bytes), static_cast<int>(size)) == 1);
  return bytes;
}

}  // namespace kafka::server
