#include "log/record/compression.h"

#include <lz4frame.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"

namespace logs {

namespace {

// What snappy-java writes before its blocks: a magic number, its version, the oldest version that
// can read it. A plain snappy block cannot begin so: its length would be followed by a copy from
// before its beginning.
constexpr std::string_view kXerialMagic("\x82SNAPPY\0", 8);
constexpr size_t kXerialHeaderBytes = 16;
constexpr size_t kXerialBlockBytes = 32 << 10;  // snappy-java's own

base::Error Damaged(Compression compression, std::string_view why) {
  return base::Corruption("damaged " + std::string(CompressionName(compression)) + " data: " +
                          std::string(why));
}

base::Error TooLarge(Compression compression, size_t bytes_max) {
  return base::Corruption(std::string(CompressionName(compression)) +
                          " data that decompresses to more than " + std::to_string(bytes_max) +
                          " bytes");
}

// Output that grows as it is needed, up to a bound: what a length field claims is not allocated
// before bytes stand behind it.
class Output {
 public:
  Output(size_t input_bytes, size_t bytes_max) : bytes_max_(bytes_max) {
    bytes_.resize(std::min(bytes_max_, input_bytes * 4 + 256));
  }
  // ENSURES: room() > 0 or false at the bound.
  bool Grow() {
    if (used_ < bytes_.size()) return true;
    if (used_ == bytes_max_) return false;
    bytes_.resize(std::min(bytes_max_, bytes_.size() * 2));
    return true;
  }
  char* end() { return bytes_.data() + used_; }
  [[nodiscard]] size_t room() const { return bytes_.size() - used_; }
  void Use(size_t count) { used_ += count; }
  std::string Take() && {
    bytes_.resize(used_);
    return std::move(bytes_);
  }

 private:
  size_t bytes_max_;
  std::string bytes_;
  size_t used_ = 0;
};

// --- gzip ---------------------------------------------------------------------------------------

base::Result<std::string> CompressGzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return base::Internal("zlib could not start");
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = base::Narrow<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = base::Narrow<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) return base::Internal("zlib could not compress");
  return out;
}

base::Result<std::string> DecompressGzip(std::string_view bytes, size_t bytes_max) {
  struct End {
    void operator()(z_stream* stream) const { inflateEnd(stream); }
  };
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return base::Internal("zlib could not start");
  const std::unique_ptr<z_stream, End> ending(&stream);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = base::Narrow<uInt>(bytes.size());
  Output out(bytes.size(), bytes_max);
  while (true) {
    const bool has_room = out.Grow();
    // At the bound one byte of room shows whether more would come.
    std::array<char, 1> spare;
    stream.next_out = reinterpret_cast<Bytef*>(has_room ? out.end() : spare.data());
    const size_t room = has_room ? out.room() : spare.size();
    stream.avail_out = base::Narrow<uInt>(room);
    const int status = inflate(&stream, Z_NO_FLUSH);
    const size_t produced = room - stream.avail_out;
    if (!has_room && produced > 0) return TooLarge(Compression::kGzip, bytes_max);
    out.Use(has_room ? produced : 0);
    if (status == Z_STREAM_END) {
      if (stream.avail_in == 0) return std::move(out).Take();
      if (inflateReset(&stream) != Z_OK) return base::Internal("zlib could not go on");
      continue;
    }
    if (status != Z_OK && status != Z_BUF_ERROR) {
      return Damaged(Compression::kGzip, stream.msg != nullptr ? stream.msg : "unreadable");
    }
    if (produced == 0 && stream.avail_in == 0) return Damaged(Compression::kGzip, "cut off");
  }
}

// --- snappy -------------------------------------------------------------------------------------

base::Result<std::string> CompressSnappy(std::string_view bytes) {
  base::ByteWriter out;
  out.Raw(kXerialMagic);
  out.BigEndian(int32_t{1});
  out.BigEndian(int32_t{1});
  std::string block(snappy_max_compressed_length(kXerialBlockBytes), '\0');
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kXerialBlockBytes);
    size_t size = block.size();
    if (snappy_compress(piece.data(), piece.size(), block.data(), &size) != SNAPPY_OK) {
      return base::Internal("snappy could not compress");
    }
    out.BigEndian(static_cast<int32_t>(size));
    out.Raw(std::string_view(block).substr(0, size));
    bytes.remove_prefix(piece.size());
  }
  return std::move(out).Take();
}

// Appends one plain block. Its length field is believed only as far as the bytes can bear: snappy's
// best is below 64 to 1 (a copy of 64 bytes takes two or three).
base::Result<void> DecompressSnappyBlock(std::string_view block, size_t bytes_max,
                                         std::string& out) {
  size_t size = 0;
  if (snappy_uncompressed_length(block.data(), block.size(), &size) != SNAPPY_OK) {
    return Damaged(Compression::kSnappy, "no length");
  }
  if (size > bytes_max - out.size()) return TooLarge(Compression::kSnappy, bytes_max);
  if (size / 64 > block.size()) return Damaged(Compression::kSnappy, "an impossible length");
  const size_t before = out.size();
  out.resize(before + size);
  if (snappy_uncompress(block.data(), block.size(), out.data() + before, &size) != SNAPPY_OK) {
    return Damaged(Compression::kSnappy, "unreadable");
  }
  return {};
}

base::Result<std::string> DecompressSnappy(std::string_view bytes, size_t bytes_max) {
  std::string out;
  if (!bytes.starts_with(kXerialMagic) || bytes.size() < kXerialHeaderBytes) {
    TRY(DecompressSnappyBlock(bytes, bytes_max, out));
    return out;
  }
  bytes.remove_prefix(kXerialHeaderBytes);
  while (!bytes.empty()) {
    base::ByteReader reader(bytes);
    const auto size = reader.BigEndian<uint32_t>();
    if (reader.failed() || size > reader.remaining()) {
      return Damaged(Compression::kSnappy, "a block is cut off");
    }
    TRY(DecompressSnappyBlock(reader.Raw(size), bytes_max, out));
    bytes.remove_prefix(reader.position());
  }
  return out;
}

// --- lz4 ----------------------------------------------------------------------------------------

base::Result<std::string> CompressLz4(std::string_view bytes) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;  // the Java client reads no other
  std::string out(LZ4F_compressFrameBound(bytes.size(), &preferences), '\0');
  const size_t size =
      LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences);
  if (LZ4F_isError(size) != 0) return base::Internal("lz4 could not compress");
  out.resize(size);
  return out;
}

base::Result<std::string> DecompressLz4(std::string_view bytes, size_t bytes_max) {
  struct Free {
    void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
  };
  LZ4F_dctx* raw = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION)) != 0) {
    return base::Internal("lz4 could not start");
  }
  const std::unique_ptr<LZ4F_dctx, Free> context(raw);
  Output out(bytes.size(), bytes_max);
  size_t wanted = 1;  // 0: a frame has ended
  while (true) {
    const bool has_room = out.Grow();
    std::array<char, 1> spare;
    size_t produced = has_room ? out.room() : spare.size();
    size_t used = bytes.size();
    wanted = LZ4F_decompress(context.get(), has_room ? out.end() : spare.data(), &produced,
                             bytes.data(), &used, nullptr);
    if (LZ4F_isError(wanted) != 0) return Damaged(Compression::kLz4, LZ4F_getErrorName(wanted));
    if (!has_room && produced > 0) return TooLarge(Compression::kLz4, bytes_max);
    out.Use(has_room ? produced : 0);
    bytes.remove_prefix(used);
    if (wanted == 0 && bytes.empty()) return std::move(out).Take();
    if (produced == 0 && used == 0) return Damaged(Compression::kLz4, "cut off");
  }
}

// --- zstd ---------------------------------------------------------------------------------------

base::Result<std::string> CompressZstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size =
      ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size) != 0) return base::Internal("zstd could not compress");
  out.resize(size);
  return out;
}

base::Result<std::string> DecompressZstd(std::string_view bytes, size_t bytes_max) {
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  if (context == nullptr) return base::Internal("zstd could not start");
  if (ZSTD_isError(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax,
                                          base::limits::kZstdWindowLogMax)) != 0) {
    return base::Internal("zstd refuses its window");
  }
  Output out(bytes.size(), bytes_max);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  while (true) {
    const bool has_room = out.Grow();
    std::array<char, 1> spare;
    ZSTD_outBuffer piece{has_room ? out.end() : spare.data(),
                         has_room ? out.room() : spare.size(), 0};
    const size_t used_before = in.pos;
    const size_t status = ZSTD_decompressStream(context.get(), &piece, &in);
    if (ZSTD_isError(status) != 0) return Damaged(Compression::kZstd, ZSTD_getErrorName(status));
    if (!has_room && piece.pos > 0) return TooLarge(Compression::kZstd, bytes_max);
    out.Use(has_room ? piece.pos : 0);
    if (status == 0 && in.pos == in.size) return std::move(out).Take();
    if (piece.pos == 0 && in.pos == used_before) return Damaged(Compression::kZstd, "cut off");
  }
}

}  // namespace

std::string_view CompressionName(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return "none";
    case Compression::kGzip:
      return "gzip";
    case Compression::kSnappy:
      return "snappy";
    case Compression::kLz4:
      return "lz4";
    case Compression::kZstd:
      return "zstd";
  }
  return "unknown";
}

base::Result<std::string> Compress(Compression compression, std::string_view bytes) {
  switch (compression) {
    case Compression::kNone:
      return std::string(bytes);
    case Compression::kGzip:
      return CompressGzip(bytes);
    case Compression::kSnappy:
      return CompressSnappy(bytes);
    case Compression::kLz4:
      return CompressLz4(bytes);
    case Compression::kZstd:
      return CompressZstd(bytes);
  }
  return base::Unsupported("no such compression");
}

base::Result<std::string> Decompress(Compression compression, std::string_view bytes,
                                     size_t bytes_max) {
  switch (compression) {
    case Compression::kNone:
      if (bytes.size() > bytes_max) return TooLarge(compression, bytes_max);
      return std::string(bytes);
    case Compression::kGzip:
      return DecompressGzip(bytes, bytes_max);
    case Compression::kSnappy:
      return DecompressSnappy(bytes, bytes_max);
    case Compression::kLz4:
      return DecompressLz4(bytes, bytes_max);
    case Compression::kZstd:
      return DecompressZstd(bytes, bytes_max);
  }
  return base::Unsupported("no such compression");
}

}  // namespace logs
