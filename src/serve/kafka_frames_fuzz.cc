// Any bytes, arriving in any pieces, as a stream of length-prefixed frames: what is cut is what was
// sent, and memory stays in proportion to the bytes that came.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "serve/kafka_frames.h"

namespace {

constexpr size_t kFrameBytesMax = size_t{1} << 20;

// Gives the input in pieces whose sizes the input itself decides.
class PiecesSocket final : public env::Socket {
 public:
  explicit PiecesSocket(std::string_view bytes) : bytes_(bytes) {}
  base::Result<env::Waited> WaitReadable(int64_t, const env::WakeEvent*) override {
    return env::Waited::kReadable;
  }
  base::Result<std::optional<size_t>> Read(char* buffer, size_t size) override {
    if (bytes_.empty()) return std::optional<size_t>(0);
    const size_t piece = static_cast<uint8_t>(bytes_[bytes_.size() / 2]) * size_t{7} + 1;
    if (piece % 3 == 0 && !std::exchange(paused_, true)) return std::optional<size_t>();
    paused_ = false;
    const size_t count = std::min({piece, size, bytes_.size()});
    std::copy_n(bytes_.data(), count, buffer);
    bytes_.remove_prefix(count);
    return std::optional<size_t>(count);
  }
  base::Result<size_t> Write(std::span<const std::string_view>) override { return size_t{0}; }
  base::Result<bool> WaitWritable(int64_t) override { return false; }
  void Shutdown() override {}

 private:
  std::string_view bytes_;
  bool paused_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  base::MemoryAccount account("requests", kFrameBytesMax);
  PiecesSocket socket(bytes);
  base::ByteReader expected(bytes);
  {
    serve::KafkaFrames frames(kFrameBytesMax, &account);
    for (;;) {
      const auto found = frames.Read(socket);
      CHECK(account.used_bytes() <= 2 * size + (size_t{16} << 10));
      if (!found.ok() || *found == serve::KafkaFrames::Found::kEnd) break;
      if (*found == serve::KafkaFrames::Found::kNothing) continue;
      CHECK(*found == serve::KafkaFrames::Found::kFrame);
      const auto length = expected.BigEndian<uint32_t>();
      CHECK(frames.Take() == expected.Raw(length));
      CHECK(!expected.failed());
      frames.Release();
    }
  }
  CHECK(account.used_bytes() == 0);
  return 0;
}
