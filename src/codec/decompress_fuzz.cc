// Fuzz target: arbitrary bytes as gzip and zstd streams.
#include <algorithm>
#include <cstring>

#include "codec/decompress.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (auto* open : {codec::NewGzipReader, codec::NewZstdReader}) {
    size_t at = 0;
    auto reader = open([&](char* buffer, size_t room) -> base::Result<size_t> {
      const size_t take = std::min({room, size - at, size_t{97}});
      std::memcpy(buffer, data + at, take);
      at += take;
      return take;
    });
    char buffer[4096];
    // A small input may stand for gigabytes; the first megabytes show the reader's faults.
    for (int i = 0; i < 1000; ++i) {
      const base::Result<size_t> got = reader->Read(buffer, sizeof(buffer));
      if (!got.ok() || *got == 0) break;
    }
  }
  return 0;
}
