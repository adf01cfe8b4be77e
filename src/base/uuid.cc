#include "base/uuid.h"

#include <algorithm>
#include <memory>

#include <openssl/evp.h>

#include "base/check.h"
#include "base/random.h"

namespace base {
namespace {

void SetVersion(Uuid::Bytes& bytes, uint8_t version) {
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0F) | (version << 4));
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3F) | 0x80);
}

std::array<uint8_t, EVP_MAX_MD_SIZE> Digest(const EVP_MD* algorithm, std::string_view first,
                                            std::string_view second) {
  // One context a thread: creating it costs more than the hash of a short name.
  thread_local const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                                EVP_MD_CTX_free);
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  CHECK(EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1);
  CHECK(EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1);
  CHECK(EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1);
  CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  return digest;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool IsHyphen(size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

}  // namespace

std::string Uuid::ToString() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (const uint8_t byte : bytes_) {
    if (IsHyphen(text.size())) text += '-';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0F];
  }
  return text;
}

std::optional<Uuid> Uuid::Parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Bytes bytes{};
  size_t digit = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsHyphen(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = HexValue(text[i]);
    if (value < 0) return std::nullopt;
    bytes[digit / 2] = static_cast<uint8_t>(bytes[digit / 2] << 4 | value);
    ++digit;
  }
  return Uuid(bytes);
}

Uuid Uuid::V4(Random& random) {
  Bytes bytes{};
  for (size_t half = 0; half < 2; ++half) {
    uint64_t bits = random.Next();
    for (size_t i = 0; i < 8; ++i, bits >>= 8) bytes[half * 8 + i] = static_cast<uint8_t>(bits);
  }
  SetVersion(bytes, 4);
  return Uuid(bytes);
}

Uuid Uuid::V5(const Uuid& name_space, std::string_view name) {
  const auto& space = name_space.bytes();
  const auto digest =
      Digest(EVP_sha1(), {reinterpret_cast<const char*>(space.data()), space.size()}, name);
  Bytes bytes{};
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  SetVersion(bytes, 5);
  return Uuid(bytes);
}

Uuid Uuid::V7Named(int64_t unix_ms, std::string_view name) {
  CHECK(unix_ms >= 0 && unix_ms < int64_t{1} << 48);
  const auto digest = Digest(EVP_sha256(), name, {});
  Bytes bytes{};
  for (size_t i = 0; i < 6; ++i) bytes[i] = static_cast<uint8_t>(unix_ms >> (40 - 8 * i));
  std::copy_n(digest.begin(), 10, bytes.begin() + 6);
  SetVersion(bytes, 7);
  return Uuid(bytes);
}

}  // namespace base
