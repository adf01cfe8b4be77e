#include "codec/decompress.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/check.h"
#include "base/limits.h"

namespace codec {
namespace {

// The compressed bytes not used yet, and how far into the input they stand.
class Input {
 public:
  explicit Input(PullBytes pull)
      : pull_(std::move(pull)), buffer_(base::limits::kCompressedBufferBytes) {}

  // Pulls more when all is used; false at the end.
  base::Result<bool> Fill() {
    if (used_ < filled_) return true;
    if (ended_) return false;
    before_ += filled_;
    used_ = 0;
    filled_ = TRY(pull_(buffer_.data(), buffer_.size()));
    ended_ = filled_ == 0;
    return !ended_;
  }
  [[nodiscard]] char* data() { return buffer_.data() + used_; }
  [[nodiscard]] size_t size() const { return filled_ - used_; }
  [[nodiscard]] uint64_t offset() const { return before_ + used_; }
  void Use(size_t bytes) { used_ += bytes; }

 private:
  PullBytes pull_;
  std::vector<char> buffer_;
  size_t used_ = 0;
  size_t filled_ = 0;
  uint64_t before_ = 0;
  bool ended_ = false;
};

base::Error Damaged(std::string_view format, const Input& input, std::string_view why) {
  return base::Corruption("damaged " + std::string(format) + " data at byte " +
                              std::to_string(input.offset()) + ": " + std::string(why),
                          "Fetch the file again; nothing of it was loaded.");
}

base::Error CutOff(std::string_view format, const Input& input) {
  return base::Corruption(
      std::string(format) + " data cut off at byte " + std::to_string(input.offset()),
      "Fetch the file again, or wait until its writer is done; nothing of it was loaded.");
}

class GzipReader final : public Decompressor {
 public:
  explicit GzipReader(PullBytes pull) : input_(std::move(pull)) {
    CHECK(inflateInit2(&stream_, 15 + 16) == Z_OK);  // 16: a gzip header, not zlib's
  }
  ~GzipReader() override { inflateEnd(&stream_); }
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  base::Result<size_t> Read(char* buffer, size_t size) override {
    size_t produced = 0;
    while (produced < size) {
      if (!TRY(input_.Fill())) {
        if (between_members_ && any_) break;
        return CutOff("gzip", input_);
      }
      if (between_members_ && any_) CHECK(inflateReset(&stream_) == Z_OK);
      any_ = true;
      between_members_ = false;
      stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
      stream_.avail_in = static_cast<uInt>(input_.size());
      stream_.next_out = reinterpret_cast<Bytef*>(buffer + produced);
      const size_t room = std::min<size_t>(size - produced, size_t{1} << 30);
      stream_.avail_out = static_cast<uInt>(room);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      input_.Use(input_.size() - stream_.avail_in);
      produced += room - stream_.avail_out;
      if (status == Z_STREAM_END) {
        between_members_ = true;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        return Damaged("gzip", input_, stream_.msg != nullptr ? stream_.msg : "unreadable");
      }
    }
    return produced;
  }

 private:
  Input input_;
  z_stream stream_{};
  bool between_members_ = true;
  bool any_ = false;
};

class ZstdReader final : public Decompressor {
 public:
  explicit ZstdReader(PullBytes pull) : input_(std::move(pull)), context_(ZSTD_createDCtx()) {
    CHECK(context_ != nullptr);
    const size_t status =
        ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, base::limits::kZstdWindowLogMax);
    CHECK(!ZSTD_isError(status));
  }
  ~ZstdReader() override { ZSTD_freeDCtx(context_); }
  ZstdReader(const ZstdReader&) = delete;
  ZstdReader& operator=(const ZstdReader&) = delete;

  base::Result<size_t> Read(char* buffer, size_t size) override {
    ZSTD_outBuffer out{buffer, size, 0};
    while (out.pos < out.size) {
      // A full output may have left decoded bytes inside; those need no input.
      const bool more = TRY(input_.Fill());
      if (!more && frame_ended_) break;
      ZSTD_inBuffer in{input_.data(), more ? input_.size() : 0, 0};
      const size_t before = out.pos;
      const size_t status = ZSTD_decompressStream(context_, &out, &in);
      input_.Use(in.pos);
      if (ZSTD_isError(status) != 0) {
        if (ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge) {
          return base::Unsupported("zstd data with a window of more than 128 MiB",
                                   "Compress the file again without --long.");
        }
        return Damaged("zstd", input_, ZSTD_getErrorName(status));
      }
      frame_ended_ = status == 0;
      if (!more && !frame_ended_ && out.pos == before) return CutOff("zstd", input_);
    }
    return out.pos;
  }

 private:
  Input input_;
  ZSTD_DCtx* context_;
  bool frame_ended_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> NewGzipReader(PullBytes pull) {
  return std::make_unique<GzipReader>(std::move(pull));
}

std::unique_ptr<Decompressor> NewZstdReader(PullBytes pull) {
  return std::make_unique<ZstdReader>(std::move(pull));
}

}  // namespace codec
