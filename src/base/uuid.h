// UUIDs of RFC 9562: random (v4), name-based (v5), time-ordered (v7). Value type.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

class Random;

class Uuid {
 public:
  using Bytes = std::array<uint8_t, 16>;  // network order

  constexpr Uuid() = default;
  constexpr explicit Uuid(const Bytes& bytes) : bytes_(bytes) {}

  // 36 characters, lower case; Parse takes either case and nothing else.
  [[nodiscard]] std::string ToString() const;
  static std::optional<Uuid> Parse(std::string_view text);

  static Uuid V4(Random& random);

  // RFC 9562 5.5: SHA-1 of the namespace's bytes and the name.
  static Uuid V5(const Uuid& name_space, std::string_view name);

  // RFC 9562 5.7 with the 74 bits after the time taken from SHA-256 of `name`, so that the same
  // time and name give the same id everywhere. REQUIRES: 0 <= unix_ms < 2^48.
  static Uuid V7Named(int64_t unix_ms, std::string_view name);

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  Bytes bytes_{};
};

// The namespaces of RFC 9562 6.6.
inline constexpr Uuid kUuidNamespaceDns{Uuid::Bytes{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                                    0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30,
                                                    0xc8}};
inline constexpr Uuid kUuidNamespaceUrl{Uuid::Bytes{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                                    0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30,
                                                    0xc8}};

}  // namespace base
