// CRC-32C (Castagnoli, RFC 3720 appendix B.4), by the processor's instruction where it has one.
// Pure; THREAD: any.
#pragma once

#include <cstdint>
#include <string_view>

namespace base {

// The checksum of `bytes` following bytes whose checksum is `before`: Crc32c(b, Crc32c(a)) is
// Crc32c(a + b).
[[nodiscard]] uint32_t Crc32c(std::string_view bytes, uint32_t before = 0);

}  // namespace base
