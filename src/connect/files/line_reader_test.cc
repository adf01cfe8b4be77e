// LineReader: every record once, whatever the line ends, the pieces and the ranges.
#include "connect/files/line_reader.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace connect::files {
namespace {

using testing::ElementsAre;

codec::PullBytes From(const std::string& text, size_t offset, size_t piece) {
  return [&text, offset, piece](char* buffer, size_t size) mutable -> base::Result<size_t> {
    const size_t take = std::min({size, piece, text.size() - std::min(offset, text.size())});
    std::memcpy(buffer, text.data() + offset, take);
    offset += take;
    return take;
  };
}

std::vector<std::string> Lines(const std::string& text, LineRange range, size_t piece) {
  LineReader reader(From(text, range.begin > 0 ? range.begin - 1 : 0, piece), range);
  std::vector<std::string> lines;
  Line line;
  while (reader.Next(line).value()) {
    lines.push_back(std::to_string(line.number) + "@" + std::to_string(line.offset) + ":" +
                    std::string(line.text) + (line.blank ? "(blank)" : ""));
  }
  return lines;
}

TEST(LineReaderTest, LineEndsAreThoseOfEverySystem) {
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{1000}}) {
    EXPECT_THAT(Lines("a\r\n\nb b\n \t\r\nlast", {}, piece),
                ElementsAre("1@0:a", "2@3:(blank)", "3@4:b b", "4@8: \t(blank)", "5@12:last"));
    EXPECT_THAT(Lines("\xEF\xBB\xBFx\n\xEF\xBB\xBFy\n", {}, piece),
                ElementsAre("1@3:x", "2@5:\xEF\xBB\xBFy"));
    EXPECT_THAT(Lines("", {}, piece), ElementsAre());
    EXPECT_THAT(Lines("\n", {}, piece), ElementsAre("1@0:(blank)"));
    EXPECT_THAT(Lines("\xEF\xBB\xBF", {}, piece), ElementsAre());
  }
}

TEST(LineReaderTest, RangesShareTheLinesOutWhereverTheyAreCut) {
  std::string text = "\xEF\xBB\xBF";
  for (int i = 0; i < 40; ++i)
    text += std::string(static_cast<size_t>(i % 7) * 3, static_cast<char>('a' + i % 26)) +
            (i % 5 == 0 ? "\r\n" : "\n");
  text += "the end";
  const auto texts = [](std::vector<std::string> lines) {
    for (std::string& line : lines) line.erase(0, line.find('@'));  // numbers start at each range
    return lines;
  };
  const std::vector<std::string> whole = texts(Lines(text, {}, 1000));
  for (uint64_t range = 4; range < text.size() + 2; ++range) {
    std::vector<std::string> parts;
    for (uint64_t begin = 0; begin < text.size(); begin += range) {
      for (std::string& line : texts(Lines(text, {begin, begin + range, std::nullopt}, 5)))
        parts.push_back(std::move(line));
    }
    EXPECT_EQ(parts, whole) << "ranges of " << range;
  }
}

TEST(LineReaderTest, ALineTooLongIsKeptUpToABoundAndTheNextIsRead) {
  const size_t max = base::limits::kLineBytesMax;
  const size_t kept = base::limits::kRejectedLineBytesMax;
  const std::string text = "a\n" + std::string(kept + 17, 'x') + "\nb\n" + std::string(max, 'y') +
                           "\n" + std::string(max + 1, 'z');
  LineReader reader(From(text, 0, text.size()), {});
  Line line;
  ASSERT_TRUE(reader.Next(line).value());
  ASSERT_TRUE(reader.Next(line).value());
  EXPECT_TRUE(line.too_long);
  EXPECT_EQ(line.bytes, kept + 17);
  EXPECT_EQ(line.text.size(), kept);
  EXPECT_EQ(line.text.find_first_not_of('x'), std::string_view::npos);
  EXPECT_EQ(line.number, 2);
  ASSERT_TRUE(reader.Next(line).value());
  EXPECT_EQ(line.text, "b");
  EXPECT_EQ(line.number, 3);
  ASSERT_TRUE(reader.Next(line).value());
  EXPECT_FALSE(line.too_long);
  EXPECT_EQ(line.text.size(), max);
  ASSERT_TRUE(reader.Next(line).value());
  EXPECT_TRUE(line.too_long);
  EXPECT_EQ(line.bytes, max + 1);
  EXPECT_EQ(line.text.size(), max + 1);
  EXPECT_FALSE(reader.Next(line).value());
}

TEST(LineReaderTest, CsvRecordsMayHoldLineEndsBetweenQuotes) {
  LineRange range;
  range.csv_delimiter = ',';
  for (const size_t piece : {size_t{1}, size_t{1000}}) {
    EXPECT_THAT(Lines("a,\"x\n\"\"y\"\"\nz\"\r\n5\" disk,\"\"\n \n\nend,\"open\nno", range, piece),
                ElementsAre("1@0:a,\"x\n\"\"y\"\"\nz\"", "4@15:5\" disk,\"\"",
                            "5@26: ", "6@28:(blank)", "7@29:end,\"open\nno"));
  }
}

TEST(LineReaderTest, AFaultOfTheInputIsPassedOn) {
  LineReader reader([](char*, size_t) -> base::Result<size_t> { return base::Io("gone"); }, {});
  Line line;
  EXPECT_EQ(reader.Next(line).error().message(), "gone");
}

}  // namespace
}  // namespace connect::files
