#include "serve/owner_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace serve {
namespace {

// Decodes `bytes` cut into pieces of `step`.
base::Result<OwnerRequest> Decode(std::string_view bytes, size_t step) {
  FrameDecoder frames;
  RequestDecoder request;
  while (!bytes.empty()) {
    frames.Append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    while (auto frame = TRY(frames.Next())) {
      if (TRY(request.Add(*frame))) return std::move(request).Take();
    }
  }
  return base::NotFound("unfinished");
}

OwnerRequest SomeRequest() {
  return {.arguments = {"sql", "", std::string("a\0\xFF", 3)},
          .working_directory = "/tmp/x y",
          .environment = {{"A", "1=2"}, {"EMPTY", ""}},
          .standard_input = std::string(3'000'000, 'i'),
          .out_terminal = true,
          .err_terminal = false,
          .columns = 132};
}

TEST(OwnerFrameTest, ARequestSurvivesTheWireHoweverItIsCut) {
  const OwnerRequest request = SomeRequest();
  const std::string bytes = EncodeRequest(request).value();
  for (const size_t step : {size_t{4093}, size_t{65'536}, bytes.size()}) {
    const auto decoded = Decode(bytes, step);
    ASSERT_TRUE(decoded.ok()) << decoded.error().ToString();
    EXPECT_TRUE(*decoded == request);
  }
  OwnerRequest small = request;
  small.standard_input = "x";
  EXPECT_TRUE(Decode(EncodeRequest(small).value(), 1).value() == small);
}

TEST(OwnerFrameTest, ABoundedRequestIsTheLargestThatIsTaken) {
  OwnerRequest request;
  request.standard_input = std::string(base::limits::kOwnerRequestBytesMax, 'x');
  EXPECT_EQ(EncodeRequest(request).error().code(), base::Code::kInvalidArgument);
  std::string bytes = EncodeFrame(FrameKind::kHello, kOwnerProtocol);
  for (int i = 0; i < 17; ++i) {
    bytes += EncodeFrame(FrameKind::kInput, std::string(base::limits::kOwnerFrameBytesMax, 'x'));
  }
  EXPECT_EQ(Decode(bytes, 1 << 20).error().code(), base::Code::kInvalidArgument);
}

TEST(OwnerFrameTest, NonsenseIsToldApartFromAnotherVersion) {
  const std::string hello = EncodeFrame(FrameKind::kHello, kOwnerProtocol);
  struct Case {
    std::string bytes;
    base::Code code;
  };
  const std::vector<Case> cases = {
      {"GET / HTTP/1.1\r\n\r\n", base::Code::kCorruption},
      {std::string("V\xFF\xFF\xFF\xFF", 5), base::Code::kCorruption},
      {EncodeFrame(FrameKind::kGo, ""), base::Code::kCorruption},  // no version first
      {EncodeFrame(FrameKind::kHello, "tributary-owner 2"), base::Code::kUnsupported},
      {hello + hello, base::Code::kCorruption},
      {hello + EncodeFrame(FrameKind::kVariable, "NOVALUE"), base::Code::kCorruption},
      {hello + EncodeFrame(FrameKind::kTerminal, "oe-3"), base::Code::kCorruption},
      {hello + EncodeFrame(FrameKind::kTerminal, "80x"), base::Code::kCorruption},
      {hello + EncodeFrame(FrameKind::kExit, "0"), base::Code::kCorruption},
      {hello + EncodeFrame(FrameKind::kDirectory, "/"), base::Code::kNotFound},
  };
  for (const Case& one : cases) {
    const auto decoded = Decode(one.bytes, 3);
    ASSERT_FALSE(decoded.ok());
    EXPECT_EQ(decoded.error().code(), one.code) << decoded.error().ToString();
  }
}

}  // namespace
}  // namespace serve
