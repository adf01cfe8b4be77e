// Fuzz target of the owner socket's decoder: any bytes give frames and requests or an error, and a
// whole request encodes and decodes to itself. The first byte decides how the rest is cut.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "serve/owner_frame.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t step = size_t{1} + data[0];
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  serve::FrameDecoder frames;
  serve::RequestDecoder requests;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
    frames.Append(bytes.substr(0, step));
    for (;;) {
      auto frame = frames.Next();
      if (!frame.ok()) return 0;
      if (!frame->has_value()) break;
      auto whole = requests.Add(**frame);
      if (!whole.ok()) return 0;
      if (!*whole) continue;
      const serve::OwnerRequest request = std::move(requests).Take();
      auto encoded = serve::EncodeRequest(request);
      if (!encoded.ok()) return 0;
      serve::FrameDecoder again;
      again.Append(*encoded);
      serve::RequestDecoder second;
      for (bool done = false; !done;) done = second.Add(*again.Next().value()).value();
      CHECK(std::move(second).Take() == request);
      return 0;
    }
  }
  return 0;
}
