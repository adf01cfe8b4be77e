// Buffering, deflate and the rename at the end; see line_file.h.
#include "connect/generators/line_file.h"

#include <utility>

#include <zlib.h>

#include "base/check.h"

namespace connect::generators {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;

class LineFileImpl final : public LineFile {
 public:
  LineFileImpl(env::Files& files, std::string part, std::string path,
               std::unique_ptr<env::WritableFile> file, Format format)
      : files_(files),
        part_(std::move(part)),
        path_(std::move(path)),
        file_(std::move(file)),
        format_(format) {
    buffer_.reserve(kBufferBytes + 4096);
    if (format_ == Format::kGzip) {
      constexpr int kGzipWindow = 15 + 16;
      CHECK(deflateInit2(&deflate_, 6, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    }
  }
  ~LineFileImpl() override {
    if (format_ == Format::kGzip) deflateEnd(&deflate_);
    if (file_ == nullptr) return;
    file_.reset();
    // A part that cannot be removed is overwritten by the next run.
    static_cast<void>(files_.Remove(part_).ok());
  }
  LineFileImpl(const LineFileImpl&) = delete;
  LineFileImpl& operator=(const LineFileImpl&) = delete;

  base::Result<void> Append(std::string_view line) override {
    buffer_ += line;
    ++lines_;
    if (buffer_.size() >= kBufferBytes) TRY(Flush(Z_NO_FLUSH));
    return {};
  }

  base::Result<void> Close() override {
    TRY(Flush(Z_FINISH));
    TRY(file_->Sync());
    TRY(file_->Close());
    file_.reset();
    return files_.Rename(part_, path_);
  }

  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] int64_t lines() const override { return lines_; }
  [[nodiscard]] int64_t bytes() const override { return bytes_; }

 private:
  base::Result<void> Flush(int mode) {
    if (format_ == Format::kPlain) {
      TRY(Write(buffer_));
      buffer_.clear();
      return {};
    }
    std::string compressed(kBufferBytes, '\0');
    deflate_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
    deflate_.avail_in = base::Narrow<uInt>(buffer_.size());
    do {
      deflate_.next_out = reinterpret_cast<Bytef*>(compressed.data());
      deflate_.avail_out = base::Narrow<uInt>(compressed.size());
      CHECK(deflate(&deflate_, mode) != Z_STREAM_ERROR);
      TRY(Write(std::string_view(compressed).substr(0, compressed.size() - deflate_.avail_out)));
    } while (deflate_.avail_out == 0);
    buffer_.clear();
    return {};
  }

  base::Result<void> Write(std::string_view bytes) {
    bytes_ += static_cast<int64_t>(bytes.size());
    return file_->Append(bytes);
  }

  env::Files& files_;
  std::string part_;
  std::string path_;
  std::unique_ptr<env::WritableFile> file_;
  Format format_;
  std::string buffer_;
  z_stream deflate_{};
  int64_t lines_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<LineFile>> LineFile::Create(env::Files& files,
                                                         const std::string& directory,
                                                         const std::string& name, Format format) {
  const std::string path = directory + "/" + name;
  const std::string part = directory + "/." + name + ".part";
  auto file = TRY(files.OpenWrite(part, env::WriteMode::kTruncate));
  return std::unique_ptr<LineFile>(
      std::make_unique<LineFileImpl>(files, part, path, std::move(file), format));
}

}  // namespace connect::generators
