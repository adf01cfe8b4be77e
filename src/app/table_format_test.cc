#include "app/table_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/display_width.h"

namespace app {
namespace {

class Collected final : public serve::OutputSink {
 public:
  void Out(std::string_view text) override { out += text; }
  void Err(std::string_view text) override { err += text; }
  std::string out, err;
};

std::string Printed(const PrintOptions& options, const std::vector<PrintColumn>& columns,
                    const std::vector<Row>& rows) {
  Collected output;
  const auto printer = RecordPrinter::Create(columns, options, output);
  for (const Row& row : rows) printer->Add(row);
  printer->Finish();
  return output.out;
}

const std::vector<PrintColumn> kColumns = {{.name = "name"}, {.name = "n", .number = true}};

TEST(TableFormatTest, NumbersStandRightAndTextLeft) {
  EXPECT_EQ(Printed({}, kColumns, {{"alpha", "1"}, {"b", "1234"}, {Cell(), Cell()}}),
            "name      n\n"
            "─────  ────\n"
            "alpha     1\n"
            "b      1234\n"
            "NULL   NULL\n");
}

TEST(TableFormatTest, ColumnsLineUpUnderWideAndCombiningCharacters) {
  const std::string table =
      Printed({}, {{.name = "a"}, {.name = "b"}}, {{"日本", "x"}, {"e\xCC\x81", "y"}, {"🎉", "z"}});
  EXPECT_EQ(table,
            "a     b\n"
            "────  ─\n"
            "日本  x\n"
            "e\xCC\x81     y\n"
            "🎉    z\n");
}

TEST(TableFormatTest, OnlyATerminalCutsLongCells) {
  const std::vector<Row> rows = {{std::string(50, 'x'), "1"}};
  EXPECT_THAT(Printed({}, kColumns, rows), testing::HasSubstr(std::string(50, 'x')));
  const std::string cut = Printed({.columns = 20}, kColumns, rows);
  EXPECT_THAT(cut, testing::HasSubstr("xxxx…"));
  EXPECT_EQ(cut.find(std::string(20, 'x')), std::string::npos);
  for (const auto format : {OutputFormat::kCsv, OutputFormat::kJson, OutputFormat::kNdjson}) {
    EXPECT_THAT(Printed({.format = format, .columns = 20}, kColumns, rows),
                testing::HasSubstr(std::string(50, 'x')));
  }
}

TEST(TableFormatTest, DataCannotMoveTheCursorOrBreakARow) {
  const std::string table = Printed({}, {{.name = "a"}}, {{"x\x1b[2Jy\nz\t\xFF"}});
  EXPECT_THAT(table, testing::HasSubstr("x\\x1b[2Jy\\nz\\t\xEF\xBF\xBD\n"));
}

TEST(TableFormatTest, NullIsDimOnlyInColour) {
  EXPECT_THAT(Printed({.style = Style(true)}, {{.name = "a"}}, {{Cell()}}),
              testing::HasSubstr("\033[2mNULL\033[0m"));
}

TEST(TableFormatTest, RowsBeyondTheSampleKeepTheirText) {
  std::vector<Row> rows(1'500, Row{"a", "1"});
  rows.push_back({std::string(40, 'z'), "2"});
  EXPECT_THAT(Printed({}, kColumns, rows), testing::HasSubstr(std::string(40, 'z') + "  2\n"));
}

TEST(TableFormatTest, CsvTellsNullFromEmptyAndQuotesWhatItMust) {
  EXPECT_EQ(CsvField(std::nullopt), "");
  EXPECT_EQ(CsvField(""), "\"\"");
  EXPECT_EQ(CsvField("plain text"), "plain text");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(CsvField("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(CsvField(" x"), "\" x\"");
  EXPECT_EQ(Printed({.format = OutputFormat::kCsv}, kColumns, {{Cell(), "1"}, {"", "2"}}),
            "name,n\n,1\n\"\",2\n");
}

TEST(TableFormatTest, JsonIsOneArrayOrAnObjectALine) {
  const std::vector<Row> rows = {{"a\"b", "1.5"}, {Cell(), "2"}};
  EXPECT_EQ(Printed({.format = OutputFormat::kJson}, kColumns, rows),
            "[\n  {\"name\":\"a\\\"b\",\"n\":1.5},\n  {\"name\":null,\"n\":2}\n]\n");
  EXPECT_EQ(Printed({.format = OutputFormat::kNdjson}, kColumns, rows),
            "{\"name\":\"a\\\"b\",\"n\":1.5}\n{\"name\":null,\"n\":2}\n");
  EXPECT_EQ(Printed({.format = OutputFormat::kJson}, kColumns, {}), "[]\n");
  EXPECT_EQ(Printed({.format = OutputFormat::kNdjson}, kColumns, {}), "");
}

TEST(DisplayWidthTest, CutsAtCharactersNotBytes) {
  EXPECT_EQ(CutToWidth("日本語", 6), "日本語");
  EXPECT_EQ(CutToWidth("日本語", 5), "日本…");
  EXPECT_EQ(CutToWidth("日本語", 4), "日…");
  EXPECT_EQ(CutToWidth("abc", 1), "…");
  EXPECT_EQ(DisplayWidth("a\xFF"), 2u);
}

TEST(StyleTest, ColourFollowsFlagsThenNoColorThenTerm) {
  const auto colored = [](const std::vector<std::string>& arguments, const Environment& environment,
                          bool terminal) {
    const auto parsed = ParseCommandLine(arguments, environment);
    return Colored(std::get<CommandLine>(parsed), environment, terminal);
  };
  const Environment usual = {{"TERM", "xterm"}};
  EXPECT_TRUE(colored({"check"}, usual, true));
  EXPECT_FALSE(colored({"check"}, usual, false));
  EXPECT_FALSE(colored({"check"}, {}, true));
  EXPECT_FALSE(colored({"check"}, {{"TERM", "dumb"}}, true));
  EXPECT_FALSE(colored({"check"}, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}, true));
  EXPECT_TRUE(colored({"check"}, {{"TERM", "xterm"}, {"NO_COLOR", ""}}, true));
  EXPECT_TRUE(colored({"check", "--color", "always"}, {{"NO_COLOR", "1"}}, false));
  EXPECT_FALSE(colored({"check", "--no-color"}, usual, true));
}

}  // namespace
}  // namespace app
