// Fuzz target: arbitrary bytes as the manifest of an archive; what is read is written back the same.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "log/storage/archive.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto manifest =
      logs::DecodeManifest(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!manifest.ok()) return 0;
  const auto again = logs::DecodeManifest(logs::EncodeManifest(manifest.value()));
  CHECK(again.ok() && again.value().segments == manifest.value().segments);
  return 0;
}
