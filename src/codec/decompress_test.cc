// Decompressors: whole streams come out whole, damaged and cut ones are told with their place.
#include "codec/decompress.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace codec {
namespace {

std::string Gzip(const std::string& text) {
  std::string out(text.size() + 1024, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

struct Format {
  const char* name;
  std::string (*compress)(const std::string&);
  std::unique_ptr<Decompressor> (*open)(PullBytes);
};
constexpr Format kFormats[] = {{"gzip", Gzip, NewGzipReader}, {"zstd", Zstd, NewZstdReader}};

// Everything the reader yields, pulled in pieces of `pull_size`, read in pieces of `read_size`.
base::Result<std::string> ReadAll(const Format& format, const std::string& compressed,
                                  size_t pull_size, size_t read_size) {
  size_t at = 0;
  auto reader = format.open([&](char* buffer, size_t size) -> base::Result<size_t> {
    const size_t take = std::min({size, pull_size, compressed.size() - at});
    std::memcpy(buffer, compressed.data() + at, take);
    at += take;
    return take;
  });
  std::string text;
  std::string piece(read_size, '\0');
  while (true) {
    const size_t got = TRY(reader->Read(piece.data(), piece.size()));
    if (got == 0) return text;
    text.append(piece, 0, got);
  }
}

std::string Sample() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i * 7919 % 10'007) + "\n";
  return text;
}

TEST(DecompressTest, StreamsOfSeveralMembersReadAsOneText) {
  const std::string text = Sample();
  for (const Format& format : kFormats) {
    const std::string compressed =
        format.compress(text) + format.compress("") + format.compress("tail");
    for (const size_t pull_size : {size_t{1}, size_t{1000}, size_t{1} << 20}) {
      for (const size_t read_size : {size_t{7}, size_t{1} << 16}) {
        const auto result = ReadAll(format, compressed, pull_size, read_size);
        ASSERT_TRUE(result.ok()) << format.name << result.error().ToString();
        EXPECT_TRUE(*result == text + "tail") << format.name << pull_size << " " << read_size;
      }
    }
  }
}

TEST(DecompressTest, EveryCutIsTold) {
  for (const Format& format : kFormats) {
    const std::string compressed = format.compress("some text that is compressed here, here");
    for (size_t size = 0; size < compressed.size(); ++size) {
      const auto result = ReadAll(format, compressed.substr(0, size), 1000, 1000);
      ASSERT_FALSE(result.ok()) << format.name << " cut at " << size;
      EXPECT_EQ(result.error().code(), base::Code::kCorruption);
    }
    EXPECT_EQ(ReadAll(format, compressed.substr(0, 20), 1000, 1000).error().message(),
              std::string(format.name) + " data cut off at byte 20");
  }
}

TEST(DecompressTest, DamageIsTold) {
  const std::string text = Sample();
  for (const Format& format : kFormats) {
    std::string compressed = format.compress(text);
    compressed[compressed.size() - 5] = static_cast<char>(compressed[compressed.size() - 5] ^ 0x55);
    const auto result = ReadAll(format, compressed, 1 << 20, 1 << 16);
    // gzip ends with a checksum; zstd as its library writes it by default has none, but then the
    // damage may only change text, which no reader can tell.
    if (std::string_view(format.name) == "gzip") {
      ASSERT_FALSE(result.ok());
      EXPECT_THAT(result.error().message(), testing::StartsWith("damaged gzip data at byte "));
    }
    const auto header = ReadAll(format, "no " + compressed, 1 << 20, 1 << 16);
    ASSERT_FALSE(header.ok());
    EXPECT_EQ(header.error().code(), base::Code::kCorruption);
    const auto behind =
        ReadAll(format, format.compress("x") + "garbage that is no member", 100, 100);
    ASSERT_FALSE(behind.ok());
    EXPECT_EQ(behind.error().code(), base::Code::kCorruption);
  }
}

TEST(DecompressTest, AFaultOfTheInputIsPassedOn) {
  for (const Format& format : kFormats) {
    auto reader =
        format.open([](char*, size_t) -> base::Result<size_t> { return base::Io("disk on fire"); });
    char byte = 0;
    EXPECT_EQ(reader->Read(&byte, 1).error().message(), "disk on fire");
  }
}

}  // namespace
}  // namespace codec
