// The house rules as a test: the include law of docs/ARCHITECTURE.md and what docs/STYLE.md asks
// of every file. Reads the source tree; THREAD: one.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

const fs::path kSource = TRIBUTARY_SOURCE;

std::string ReadText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The C++ files below `folder`, relative to the source tree.
std::vector<fs::path> CodeFiles(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(kSource / folder)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".h" || extension == ".cc")) {
      files.push_back(fs::relative(entry.path(), kSource));
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string RoomOf(const fs::path& file) { return std::next(file.begin())->string(); }

bool EndsWith(const fs::path& file, const std::string& ending) {
  const std::string name = file.filename().string();
  return name.size() >= ending.size() &&
         name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
}

// "| 3 | `lake` | ..." of the room table.
std::map<std::string, int> Ranks() {
  std::map<std::string, int> ranks;
  const std::regex row(R"(^\| (\d+) \| `(\w+)` \|.*)");
  std::smatch match;
  for (const std::string& line : Lines(ReadText(kSource / "docs/ARCHITECTURE.md"))) {
    if (std::regex_match(line, match, row)) ranks[match[2]] = std::stoi(match[1]);
  }
  return ranks;
}

TEST(HouseTest, EveryRoomStandsInTheTableAndHasAReadme) {
  const auto ranks = Ranks();
  ASSERT_GE(ranks.size(), 11u);
  for (const auto& entry : fs::directory_iterator(kSource / "src")) {
    if (!entry.is_directory()) continue;
    const std::string room = entry.path().filename().string();
    EXPECT_TRUE(ranks.contains(room)) << room << " is missing from docs/ARCHITECTURE.md";
    EXPECT_TRUE(fs::exists(entry.path() / "README.md")) << "src/" << room << "/README.md";
  }
  for (const auto& [room, rank] : ranks) {
    EXPECT_TRUE(fs::is_directory(kSource / "src" / room)) << "no folder for room " << room;
  }
}

TEST(HouseTest, ARoomIncludesOnlyRoomsOfLowerRank) {
  const auto ranks = Ranks();
  const std::regex include(R"re(^#include "([a-z_]+)/.*)re");
  std::vector<std::string> wrong;
  std::smatch match;
  for (const fs::path& file : CodeFiles("src")) {
    const std::string room = RoomOf(file);
    for (const std::string& line : Lines(ReadText(kSource / file))) {
      if (!std::regex_match(line, match, include) || match[1] == room) continue;
      const auto other = ranks.find(match[1]);
      if (other == ranks.end() || other->second >= ranks.at(room)) {
        wrong.push_back(file.string() + ": " + line);
      }
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(HouseTest, DuckDbHeadersStayInColumnarAndSql) {
  std::vector<std::string> wrong;
  for (const fs::path& file : CodeFiles("src")) {
    if (RoomOf(file) == "columnar" || RoomOf(file) == "sql" || EndsWith(file, "_test.cc")) continue;
    for (const std::string& line : Lines(ReadText(kSource / file))) {
      if (std::regex_search(line, std::regex(R"(^#include [<"]duckdb)"))) {
        wrong.push_back(file.string());
      }
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(HouseTest, FilesOpenWithACommentHeadersAreGuardedAndNoneIsTooLong) {
  constexpr size_t kLinesMax = 800;
  std::vector<std::string> wrong;
  for (const fs::path& file : CodeFiles("src")) {
    const std::string text = ReadText(kSource / file);
    const bool header = file.extension() == ".h";
    if (header && text.rfind("//", 0) != 0) wrong.push_back(file.string() + ": no opening comment");
    if (header && text.find("#pragma once") == std::string::npos) {
      wrong.push_back(file.string() + ": no #pragma once");
    }
    if (Lines(text).size() > kLinesMax) wrong.push_back(file.string() + ": too long");
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(HouseTest, NoFileHoldsABannedWord) {
  // In pieces, so that this file does not hold them itself.
  const std::vector<std::string> banned = {std::string("FIX") + "ME",
                                           std::string("TO") + "DO",
                                           std::string("std::") + "endl",
                                           std::string("sleep") + "_for(",
                                           std::string("DIS") + "ABLED_",
                                           std::string("GTEST") + "_SKIP",
                                           std::string("using ") + "namespace std;"};
  std::vector<std::string> wrong;
  for (const char* folder : {"src", "test"}) {
    for (const fs::path& file : CodeFiles(folder)) {
      const std::string text = ReadText(kSource / file);
      for (const std::string& word : banned) {
        if (text.find(word) != std::string::npos) wrong.push_back(file.string() + ": " + word);
      }
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

// See TRY in base/result.h.
TEST(HouseTest, TryIsNoLaterMemberOfABracedValue) {
  const std::regex later_member(R"([{][^{};]*[.]\w+ = [^{};]*,[^{};]*TRY[(])");
  std::vector<std::string> wrong;
  for (const fs::path& file : CodeFiles("src")) {
    const std::string text = ReadText(kSource / file);
    std::smatch match;
    if (std::regex_search(text, match, later_member)) wrong.push_back(file.string() + match.str());
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(HouseTest, NamesSayWhatThingsAre) {
  const std::regex vague(R"(.*(util|helper|common|misc|manager).*)");
  std::vector<std::string> wrong;
  for (const fs::path& file : CodeFiles("src")) {
    if (std::regex_match(file.string(), vague)) wrong.push_back(file.string());
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(HouseTest, EveryDecoderOfForeignBytesHasAFuzzTarget) {
  for (const char* decoder :
       {"codec/avro_schema",
        "codec/decompress",
        "codec/json",
        "kafka/server/security/sasl",
        "kafka/server/session",
        "kafka/wire/messages",
        "lake/action",
        "lake/delta_schema",
        "log/group/group_record",
        "log/group_assignment",
        "log/record/record_batch",
        "log/storage/journal",
        "log/storage/archive", "log/storage/producer_state",
        "log/transaction/transaction_record",
        "serve/kafka_frames",
        "serve/owner_frame"}) {
    EXPECT_TRUE(fs::exists(kSource / "src" / (std::string(decoder) + "_fuzz.cc"))) << decoder;
  }
}

TEST(HouseTest, LinksInTheDocumentationLeadSomewhere) {
  const std::regex link(R"(\]\(([^)#:]+)(#[^)]*)?\))");
  std::vector<std::string> wrong;
  for (const auto& entry : fs::recursive_directory_iterator(kSource)) {
    const std::string relative = fs::relative(entry.path(), kSource).string();
    if (entry.path().extension() != ".md" || relative.rfind("build", 0) == 0) continue;
    const std::string text = ReadText(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), link), end; it != end; ++it) {
      if (!fs::exists(entry.path().parent_path() / (*it)[1].str())) {
        wrong.push_back(relative + " -> " + (*it)[1].str());
      }
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

}  // namespace
