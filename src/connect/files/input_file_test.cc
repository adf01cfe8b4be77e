// What a file is by its name, and by its content.
#include "connect/files/input_file.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/limits.h"
#include "env/memory_files.h"

namespace connect::files {
namespace {

class InputFileTest : public testing::Test {
 protected:
  InputFileTest() : files_(&clock_) {}

  std::string Fingerprint(const std::string& bytes) {
    EXPECT_TRUE(env::WriteWhole(files_, "/x", bytes).ok());
    InputFile input;
    input.disk_path = "/x";
    EXPECT_TRUE(AddFingerprint(files_, input).ok());
    EXPECT_EQ(input.size_bytes, bytes.size());
    return input.fingerprint;
  }

  base::ManualClock clock_{0};
  env::MemoryFiles files_;
};

TEST_F(InputFileTest, TheNameTellsFormatAndCompression) {
  const auto described = [](const std::string& path) { return DescribeInput({}, path); };
  EXPECT_EQ(described("a/b.JSONL.GZ").format, Format::kJson);
  EXPECT_EQ(described("a/b.JSONL.GZ").compression, Compression::kGzip);
  EXPECT_EQ(described("b.ndjson.zst").compression, Compression::kZstd);
  EXPECT_EQ(described("b.tsv.gz").format, Format::kCsv);
  EXPECT_EQ(described("b.tsv.gz").delimiter, '\t');
  EXPECT_EQ(described("b.csv").delimiter, ',');
  EXPECT_EQ(described("b.parquet").format, Format::kParquet);
  EXPECT_EQ(described("jsonl").format, Format::kAuto);
  EXPECT_EQ(described(".gz").compression, Compression::kNone);
  LoadOptions options;
  options.format = Format::kJson;
  options.project_root = "/p";
  EXPECT_EQ(DescribeInput(options, "x.log.gz").format, Format::kJson);
  EXPECT_EQ(DescribeInput(options, "x.log.gz").disk_path, "/p/x.log.gz");
  EXPECT_EQ(DescribeInput(options, "/p/x.log.gz").path, "x.log.gz");
  EXPECT_EQ(DescribeInput(options, "/q/x.log.gz").path, "/q/x.log.gz");
}

TEST_F(InputFileTest, TheFingerprintSeesEveryByteOfSmallFilesAndTheSizeOfAll) {
  EXPECT_EQ(Fingerprint("abc"), Fingerprint("abc"));
  EXPECT_NE(Fingerprint("abc"), Fingerprint("abd"));
  EXPECT_NE(Fingerprint(""), Fingerprint("\n"));
  EXPECT_EQ(Fingerprint("").size(), 32U);
  std::string small(base::limits::kFingerprintWholeBytes, 'x');
  const std::string before = Fingerprint(small);
  small[small.size() / 2 + 12'345] = 'y';
  EXPECT_NE(Fingerprint(small), before);

  std::string large(base::limits::kFingerprintWholeBytes * 20, 'x');
  const std::string large_before = Fingerprint(large);
  EXPECT_NE(Fingerprint(large + "x"), large_before);
  std::string changed = large;
  changed.front() = 'y';
  EXPECT_NE(Fingerprint(changed), large_before);
  changed = large;
  changed.back() = 'y';
  EXPECT_NE(Fingerprint(changed), large_before);
}

TEST_F(InputFileTest, FormatsAreNotMixedAndMustBeTold) {
  LoadOptions options;
  options.patterns = {"*"};
  options.project_root = "/d";
  ASSERT_TRUE(files_.CreateDirectories("/d").ok());
  ASSERT_TRUE(env::WriteWhole(files_, "/d/a.txt", "").ok());
  EXPECT_EQ(FindInputs(files_, options).error().message(),
            "cannot tell the format of 'a.txt' from its name");
  options.format = Format::kCsv;
  EXPECT_EQ(FindInputs(files_, options).value().at(0).path, "a.txt");
}

}  // namespace
}  // namespace connect::files
