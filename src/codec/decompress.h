// Streaming readers of gzip (RFC 1952, several members) and Zstandard (RFC 8878, several frames)
// over a function that yields the compressed bytes. No I/O of their own; what they keep is one
// input buffer and the format's window (at most 128 MiB for zstd, 32 KiB for gzip).
// Owner; THREAD: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.h"

namespace codec {

// Fills up to `size` bytes and says how many; 0 at the end of the input.
using PullBytes = std::function<base::Result<size_t>(char* buffer, size_t size)>;

class Decompressor {
 public:
  virtual ~Decompressor() = default;
  // Up to `size` decompressed bytes; 0 only at the end of the last member or frame.
  // ERRORS: kCorruption "... at byte 1234" for damaged or cut-off input; kUnsupported for a zstd
  // window beyond the bound; those of the pull function. After an error nothing more can be read.
  virtual base::Result<size_t> Read(char* buffer, size_t size) = 0;
};

std::unique_ptr<Decompressor> NewGzipReader(PullBytes pull);
std::unique_ptr<Decompressor> NewZstdReader(PullBytes pull);

}  // namespace codec
