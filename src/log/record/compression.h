// The four codecs that records travel in, as Kafka's clients write and read them: gzip; snappy in the
// frames of Java's snappy-java ("xerial"), plain on reading too; lz4 frames; zstd. The numbers are the
// format's. Pure; THREAD: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace logs {

enum class Compression : uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };
inline constexpr int kNumCompressions = 5;

// "none", "gzip", "snappy", "lz4", "zstd".
[[nodiscard]] std::string_view CompressionName(Compression compression);

// ERRORS: kInternal: the library failed.
base::Result<std::string> Compress(Compression compression, std::string_view bytes);

// ERRORS: kCorruption: not what the codec wrote, or more than `bytes_max` when decompressed.
base::Result<std::string> Decompress(Compression compression, std::string_view bytes,
                                     size_t bytes_max);

}  // namespace logs
