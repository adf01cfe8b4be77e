// The description language and what is made of it.
#include "description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emit.h"

namespace messages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kGood = R"(# a comment
api 7 Good
request 2-5 flexible 4+
  name            string?  = null
  id              uuid     4+
  items           []Item
    value         int32    = -1
    notes         []string?3+   # null from 3 on
    shade         int64    4+ tag 0 = 9
  again           Item
response 2-5 flexible 4+
  struct Part
    blob          records?
  parts           []Part
)";

Description Good(std::string_view text) {
  auto parsed = Parse(text, "x.txt");
  if (const auto* faults = std::get_if<Faults>(&parsed)) {
    ADD_FAILURE() << faults->front();
    return {};
  }
  return std::get<Description>(std::move(parsed));
}

Faults Bad(std::string_view text) {
  auto parsed = Parse(text, "x.txt");
  return std::holds_alternative<Faults>(parsed) ? std::get<Faults>(parsed) : Faults{"no fault"};
}

TEST(DescriptionTest, AFileBecomesItsMessagesWithInnerStructsFirst) {
  const Description good = Good(kGood);
  ASSERT_EQ(good.messages.size(), 2u);
  EXPECT_EQ(good.api->key, 7);
  const Message& request = good.messages[0];
  EXPECT_EQ(request.name, "GoodRequest");
  EXPECT_EQ(request.flexible_min, 4);
  ASSERT_EQ(request.structs.size(), 2u);
  const Struct& item = request.structs[0];
  EXPECT_EQ(item.name, "Item");
  EXPECT_EQ(item.fields[0].default_text, "-1");
  EXPECT_EQ(item.fields[1].nullable->min, 3);
  EXPECT_EQ(item.fields[2].tag, 0);
  EXPECT_EQ(request.root().fields[1].versions.min, 4);
  EXPECT_EQ(request.root().fields[1].versions.max, 5);
  EXPECT_TRUE(good.messages[1].root().has_records);
}

TEST(DescriptionTest, AFaultNamesItsFileItsLineAndWhatIsWrong) {
  const std::string head = "api 1 A\nrequest 0-3 flexible 2+\n";
  const std::string tail = "response 0-3\n";
  const auto fault = [&](const std::string& lines) { return Bad(head + lines + tail).front(); };
  EXPECT_EQ(fault("  a strng\n"), "x.txt:3: no type 'strng'");
  EXPECT_EQ(fault("  a int8\n  a int8\n"), "x.txt:4: a second 'a'");
  EXPECT_EQ(fault("  a int8 5+\n"), "x.txt:3: versions 5+ are not among 0-3");
  EXPECT_EQ(fault("  a []S\n"), "x.txt:3: no type 'S'");
  EXPECT_EQ(fault("  a int8?\n"), "x.txt:3: a int8 is never null");
  EXPECT_EQ(fault("  a int8 = 200\n"), "x.txt:3: '200' is no default of this type");
  EXPECT_EQ(fault("  a string = null\n"), "x.txt:3: null is the default of what is not nullable");
  EXPECT_EQ(fault("  a int8 tag 0\n"), "x.txt:3: a tagged field needs flexible versions");
  EXPECT_EQ(fault("  a int8 2+ tag 1\n"), "x.txt:2: the tags of ARequest do not count from 0");
  EXPECT_EQ(fault("    a int8\n"), "x.txt:3: 'a' is indented too far");
  EXPECT_EQ(fault("   a int8\n"), "x.txt:3: indent by two spaces a level");
  EXPECT_EQ(fault("  a int8 what\n"), "x.txt:3: 'what' is not understood here");
  EXPECT_EQ(fault("  a []bytes\n"), "x.txt:3: there are no arrays of bytes");
  EXPECT_EQ(fault("  struct S\n    a int8\n"), "x.txt:3: struct S is not used");
  EXPECT_EQ(fault("  a S 2+\n    b int8\n  c S\n"),
            "x.txt:5: struct S is described for fewer versions");
}

TEST(DescriptionTest, TheWholeFileIsCheckedToo) {
  EXPECT_THAT(Bad("api 1 A\nrequest 0-3\n"), ElementsAre(HasSubstr("one request and then one")));
  EXPECT_THAT(Bad("api 1 A\nrequest 0-3\nresponse 0-2\n"), ElementsAre(HasSubstr("differ")));
  EXPECT_THAT(Bad("request 0-3\n"), ElementsAre("x.txt:1: a request stands after its api"));
  EXPECT_EQ(Bad("api 1 A\nrequest 3\n  a int8\n  a int8\n  b strng\nresponse 3\n").size(), 2u);
}

TEST(EmitTest, AHeaderHasStructsWithDefaultsInTheProtocolsWords) {
  const std::string header = EmitHeader(Good(kGood), "good");
  EXPECT_THAT(header, HasSubstr("static constexpr int16_t kApiKey = 7;"));
  EXPECT_THAT(header, HasSubstr("std::optional<std::string> name;"));
  EXPECT_THAT(header, HasSubstr("base::Uuid id;"));
  EXPECT_THAT(header, HasSubstr("int32_t value = -1;"));
  EXPECT_THAT(header, HasSubstr("std::optional<std::vector<std::string>> notes = "
                                "std::vector<std::string>();"));
  EXPECT_THAT(header, HasSubstr("std::optional<std::string> blob;"));
}

TEST(EmitTest, ASourceGatesFieldsByVersionAndGivesAwayTheRecordsOfResponsesOnly) {
  const std::string source = EmitSource(Good(kGood), "good");
  EXPECT_THAT(source, HasSubstr("if (version >= 4) out.Scalar(id);"));
  EXPECT_THAT(source, HasSubstr("in.NullableArray(notes, 1, version, version >= 3);"));
  EXPECT_THAT(source, HasSubstr("if (version >= 4 && shade != 9) {"));
  EXPECT_THAT(source, HasSubstr("out.Records(std::move(blob));"));
  EXPECT_THAT(source, Not(HasSubstr("std::move(name)")));
}

TEST(EmitTest, AMemberNamedLikeALocalOfTheCodecIsReachedByThis) {
  const std::string source =
      EmitSource(Good("data D 0 flexible 0+\n  version int8\n  tags string\n"), "d");
  EXPECT_THAT(source, HasSubstr("out.Scalar(this->version);"));
  EXPECT_THAT(source, HasSubstr("in.String(this->tags);"));
}

TEST(EmitTest, AnArrayNamesTheFewestBytesOfItsElements) {
  // Item: four bytes of a number and one of a compact array; the tagged field may be absent.
  EXPECT_THAT(EmitSource(Good(kGood), "good"), HasSubstr("in.Array(items, 5, version);"));
  const auto plain = Good("data D 0-1\n  rows []Row\n    a string\n    b int64 1+\n");
  EXPECT_THAT(EmitSource(plain, "d"), HasSubstr("in.Array(rows, 2, version);"));
}

TEST(EmitTest, TheTableOfApisIsInTheOrderOfTheirKeys) {
  const std::string table =
      EmitApiTable({{"b", Good("api 9 B\nrequest 0-1\nresponse 0-1\n")}, {"good", Good(kGood)}});
  EXPECT_LT(table.find("kGood = 7"), table.find("kB = 9"));
  EXPECT_THAT(table, HasSubstr("{7, \"Good\", 2, 5, 4, 4},"));
  EXPECT_THAT(table, HasSubstr("{9, \"B\", 0, 1, INT16_MAX, INT16_MAX},"));
}

}  // namespace
}  // namespace messages
