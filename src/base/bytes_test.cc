#include "base/bytes.h"

#include <limits>

#include <gtest/gtest.h>

#include "base/crc32c.h"

namespace base {
namespace {

TEST(BytesTest, WhatIsWrittenIsRead) {
  ByteWriter writer;
  writer.BigEndian<int16_t>(-2);
  writer.BigEndian<uint64_t>(0x0102030405060708);
  writer.Double(-0.5);
  for (const int64_t value : {int64_t{0}, int64_t{-1}, int64_t{300},
                              std::numeric_limits<int64_t>::min(),
                              std::numeric_limits<int64_t>::max()}) {
    const size_t before = writer.size();
    writer.Varint(value);
    EXPECT_EQ(writer.size() - before, VarintSize(value)) << value;
  }
  writer.Raw("end");
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.BigEndian<int16_t>(), -2);
  EXPECT_EQ(reader.BigEndian<uint64_t>(), 0x0102030405060708u);
  EXPECT_EQ(reader.Double(), -0.5);
  EXPECT_EQ(reader.Varint(), 0);
  EXPECT_EQ(reader.Varint(), -1);
  EXPECT_EQ(reader.Varint(), 300);
  EXPECT_EQ(reader.Varint(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(reader.Varint(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(reader.Raw(3), "end");
  EXPECT_FALSE(reader.failed());
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(BytesTest, AReaderStopsAtItsEndAndStaysFailed) {
  ByteReader reader(std::string_view("\0\1\2", 3));
  EXPECT_EQ(reader.BigEndian<int32_t>(), 0);
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reader.BigEndian<int8_t>(), 0);
  EXPECT_EQ(reader.Raw(1), "");
}

TEST(BytesTest, AVarintOfMoreThan64BitsFails) {
  const std::string all = std::string(9, '\xff') + '\x01';
  ByteReader ten(all);
  EXPECT_EQ(ten.UnsignedVarint(), std::numeric_limits<uint64_t>::max());
  const std::string above = std::string(9, '\xff') + '\x02';
  ByteReader reader(above);
  reader.UnsignedVarint();
  EXPECT_TRUE(reader.failed());
}

TEST(Crc32cTest, AgreesWithTheVectorsOfRfc3720) {
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c("6789", Crc32c("12345")), 0xe3069283u);
}

}  // namespace
}  // namespace base
