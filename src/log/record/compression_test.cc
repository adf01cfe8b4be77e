#include "log/record/compression.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace logs {
namespace {

constexpr Compression kCodecs[] = {Compression::kGzip, Compression::kSnappy, Compression::kLz4,
                                   Compression::kZstd};

std::string Text(size_t size) {
  base::Random random(size);
  std::string text;
  while (text.size() < size) text += "word" + std::to_string(random.Below(1'000));
  text.resize(size);
  return text;
}

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

TEST(CompressionTest, WhatIsCompressedDecompresses) {
  for (const Compression codec : kCodecs) {
    for (const size_t size : {0, 1, 100, 32'768, 32'769, 65'536, 300'000}) {
      SCOPED_TRACE(std::string(CompressionName(codec)) + " " + std::to_string(size));
      const std::string text = Text(size);
      const std::string packed = Compress(codec, text).value();
      if (size >= 1'000) {
        EXPECT_LT(packed.size(), size);
      }
      // Nothing at all is no snappy block; everything else of size 0 is a whole stream.
      EXPECT_EQ(Decompress(codec, packed, size).value(), text);
    }
  }
}

TEST(CompressionTest, ABombIsAnErrorAndCostsNoMoreThanTheBound) {
  const std::string zeros(size_t{8} << 20, '\0');
  for (const Compression codec : kCodecs) {
    SCOPED_TRACE(CompressionName(codec));
    const std::string packed = Compress(codec, zeros).value();
    EXPECT_EQ(Decompress(codec, packed, zeros.size()).value(), zeros);
    const auto refused = Decompress(codec, packed, zeros.size() - 1);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), base::Code::kCorruption);
  }
}

TEST(CompressionTest, AStreamCutAnywhereIsAnError) {
  const std::string text = Text(3'000);
  for (const Compression codec : kCodecs) {
    SCOPED_TRACE(CompressionName(codec));
    const std::string packed = Compress(codec, text).value();
    for (size_t size = 0; size < packed.size(); ++size) {
      const auto result = Decompress(codec, std::string_view(packed).substr(0, size), 10'000);
      // The frames of snappy say nothing of their number: cut between two it is only shorter.
      EXPECT_FALSE(result.ok() && codec != Compression::kSnappy) << size;
      EXPECT_FALSE(result.ok() && result.value() == text) << size;
    }
  }
}

TEST(CompressionTest, PlainSnappyBlocksAreReadToo) {
  // Of the format's description: length 9, a literal of four bytes, a copy of five from four before.
  EXPECT_EQ(Decompress(Compression::kSnappy, FromHex("090c61626364050400"), 100).ok(), false);
  EXPECT_EQ(Decompress(Compression::kSnappy, FromHex("080c616263640104"), 100).value(), "abcdabcd");
  // A length that the bytes cannot bear is not allocated.
  EXPECT_FALSE(Decompress(Compression::kSnappy, FromHex("ffffffff0f0061"), size_t{1} << 40).ok());
}

TEST(CompressionTest, GzipMembersFollowEachOther) {
  const std::string both =
      Compress(Compression::kGzip, "one ").value() + Compress(Compression::kGzip, "two").value();
  EXPECT_EQ(Decompress(Compression::kGzip, both, 100).value(), "one two");
}

}  // namespace
}  // namespace logs
