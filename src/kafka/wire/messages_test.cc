// Every message at every version: what is written is read back, and nothing that is cut short,
// made longer or damaged is taken for whole or harms us.
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/wire/all_fields.h"
#include "kafka/wire/encoder.h"
#include "kafka/wire/header.h"

namespace kafka::wire {
namespace {

using testing::HasSubstr;

// Fills messages with values drawn from a seed; views look into `kText`.
class RandomFill {
 public:
  explicit RandomFill(uint32_t seed) : random_(seed) {}

  template <typename Message>
  void Fill(Message& message, int16_t version) {
    VisitFields(message, version,
                [&](const char*, auto& value, bool nullable) { Value(value, nullable, version); });
  }

 private:
  static constexpr std::string_view kText = "the records of a batch, as they travel, bytes and all";

  size_t Below(size_t bound) { return random_() % bound; }

  template <typename T>
  void Value(T& value, bool nullable, int16_t version) {
    if constexpr (std::is_same_v<T, bool>) {
      value = Below(2) == 0;
    } else if constexpr (std::is_integral_v<T>) {
      const T some[] = {0,
                        1,
                        static_cast<T>(-1),
                        std::numeric_limits<T>::min(),
                        std::numeric_limits<T>::max(),
                        static_cast<T>(random_())};
      value = some[Below(std::size(some))];
    } else if constexpr (std::is_same_v<T, double>) {
      value = static_cast<double>(random_()) / 7;
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = std::string(Below(5) == 0 ? Below(300) : Below(9), static_cast<char>(Below(256)));
    } else if constexpr (std::is_same_v<T, std::string_view>) {
      value = kText.substr(0, Below(kText.size()));
    } else if constexpr (std::is_same_v<T, base::Uuid>) {
      base::Uuid::Bytes bytes;
      for (auto& byte : bytes) byte = static_cast<uint8_t>(random_());
      value = base::Uuid(bytes);
    } else {
      Compound(value, nullable, version);
    }
  }
  template <typename T>
  void Compound(std::optional<T>& value, bool nullable, int16_t version) {
    value.reset();
    if (nullable && Below(3) == 0) return;
    Value(value.emplace(), false, version);
  }
  template <typename T>
  void Compound(std::vector<T>& values, bool, int16_t version) {
    values.resize(Below(4));
    for (auto& value : values) Value(value, false, version);
  }
  template <typename T>
  requires requires(T& message) {
    VisitFields(message, int16_t{0}, [](auto&&...) {});
  }
  void Compound(T& message, bool, int16_t version) { Fill(message, version); }

  std::mt19937 random_;
};

template <typename Message>
std::string Encoded(const Message& message, int16_t version) {
  Encoder out;
  message.Encode(out, version);
  std::string bytes;
  for (const std::string& piece : std::move(out).Take()) bytes += piece;
  return bytes;
}

// `visit(type, version)` for each message at each of its versions.
template <typename Visit>
void ForEachVersion(Visit&& visit) {
  ForEachMessage([&](auto type) {
    using Message = typename decltype(type)::type;
    for (int version = Message::kVersionMin; version <= Message::kVersionMax; ++version) {
      visit(type, static_cast<int16_t>(version));
    }
  });
}

TEST(MessagesTest, EveryMessageOfEveryVersionIsReadBackAsItWasWritten) {
  int num_versions = 0;
  ForEachVersion([&](auto type, int16_t version) {
    using Message = typename decltype(type)::type;
    ++num_versions;
    for (uint32_t seed = 0; seed < 20; ++seed) {
      Message message;
      RandomFill(seed).Fill(message, version);
      const std::string bytes = Encoded(message, version);
      const auto back = Message::Decode(bytes, version);
      ASSERT_TRUE(back.ok()) << Message::kName << " " << back.error().ToString();
      EXPECT_TRUE(*back == message) << Message::kName << " version " << version;
    }
  });
  EXPECT_GT(num_versions, 200);
}

TEST(MessagesTest, AMessageCutShortIsRefusedAndWhatFollowsOneIsLeftAlone) {
  ForEachVersion([&](auto type, int16_t version) {
    using Message = typename decltype(type)::type;
    Message message;
    RandomFill(7).Fill(message, version);
    const std::string bytes = Encoded(message, version);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(Message::Decode(std::string_view(bytes).substr(0, size), version).ok())
          << Message::kName << " version " << version << " cut to " << size;
    }
    EXPECT_TRUE(Message::Decode(bytes + '\0', version).ok()) << Message::kName;
  });
}

TEST(MessagesTest, DamagedBytesAreRefusedOrReadAndNeverHarm) {
  std::mt19937 random(1);
  ForEachVersion([&](auto type, int16_t version) {
    using Message = typename decltype(type)::type;
    Message message;
    RandomFill(3).Fill(message, version);
    const std::string bytes = Encoded(message, version);
    for (int round = 0; round < 50 && !bytes.empty(); ++round) {
      std::string damaged = bytes;
      damaged[random() % damaged.size()] = static_cast<char>(random());
      const auto read = Message::Decode(damaged, version);
      if (!read.ok()) continue;
      const auto again = Message::Decode(Encoded(*read, version), version);
      ASSERT_TRUE(again.ok()) << Message::kName << ": " << again.error().ToString();
    }
  });
}

TEST(MessagesTest, WhatLibrdkafkaWritesToAskForAllTopicsIsRead) {
  const auto read = MetadataRequest::Decode(std::string_view("\0\0\0\0\1\0\0", 7), 13);
  ASSERT_TRUE(read.ok()) << read.error().ToString();
  EXPECT_EQ(read->topics, std::nullopt);
}

TEST(MessagesTest, AVersionThatDoesNotExistIsUnsupported) {
  const auto read = ProduceRequest::Decode("", 2);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), base::Code::kUnsupported);
}

TEST(MessagesTest, AnArrayLongerThanItsBytesTakesNoMemory) {
  // Metadata 0: an array of 2^31 - 1 names, and no name.
  const auto read = MetadataRequest::Decode(std::string_view("\x7f\xff\xff\xff", 4), 0);
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error().ToString(), HasSubstr("longer than what follows"));
}

TEST(MessagesTest, UnknownTaggedFieldsAreSkippedAndKnownOnesMustFit) {
  ApiVersionsRequest request;
  request.client_software_name = "a";
  request.client_software_version = "1";
  std::string bytes = Encoded(request, 3);
  ASSERT_EQ(bytes.back(), '\0');
  bytes.pop_back();
  const auto read = ApiVersionsRequest::Decode(bytes + std::string("\x01\x63\x02hi", 5), 3);
  ASSERT_TRUE(read.ok()) << read.error().ToString();
  EXPECT_TRUE(*read == request);

  std::string response = Encoded(ApiVersionsResponse(), 3);
  response.pop_back();
  // Tag 3 is a bool of one byte; here it has two.
  EXPECT_FALSE(
      ApiVersionsResponse::Decode(response + std::string("\x01\x03\x02\x01\x01", 5), 3).ok());
  EXPECT_TRUE(ApiVersionsResponse::Decode(response + std::string("\x01\x03\x01\x01", 4), 3)
                  ->zk_migration_ready);
}

TEST(MessagesTest, TheRecordsOfARequestLookIntoItsFrameAndThoseOfAResponseMoveIntoTheirs) {
  ProduceRequest request{.topic_data = {{.name = "t", .partition_data = {{.records = "batch"}}}}};
  const std::string bytes = Encoded(request, 7);
  const auto read = ProduceRequest::Decode(bytes, 7);
  ASSERT_TRUE(read.ok());
  const std::string_view records = *read->topic_data[0].partition_data[0].records;
  EXPECT_EQ(records, "batch");
  EXPECT_GE(records.data(), bytes.data());
  EXPECT_LT(records.data(), bytes.data() + bytes.size());

  std::string fetched(100'000, 'x');
  const char* const where = fetched.data();
  FetchResponse response;
  response.responses.emplace_back().partitions.emplace_back().records = std::move(fetched);
  const std::string copied = Encoded(response, 12);
  const Frame frame = EncodeResponse(9, 12, std::move(response));
  ASSERT_EQ(frame.size(), 3u);
  EXPECT_EQ(frame[1].data(), where);
  std::string joined;
  for (const std::string& piece : frame) joined += piece;
  EXPECT_EQ(joined.substr(4 + 4 + 1), copied);
}

TEST(HeaderTest, AFrameBeginsWithItsLengthAndTheHeaderOfItsVersion) {
  for (const int16_t version : {int16_t{8}, int16_t{9}}) {
    const RequestHeader header{.api_key = MetadataRequest::kApiKey,
                               .api_version = version,
                               .correlation_id = 77,
                               .client_id = "me"};
    MetadataRequest request{.topics = std::nullopt};
    const Frame frame = EncodeRequest(header, request);
    ASSERT_EQ(frame.size(), 1u);
    EXPECT_EQ(base::LoadBigEndian<int32_t>(frame[0].data()),
              static_cast<int32_t>(frame[0].size() - 4));
    const auto read = ReadRequestHeader(std::string_view(frame[0]).substr(4));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->header, header);
    const auto body = MetadataRequest::Decode(read->body, version);
    ASSERT_TRUE(body.ok());
    EXPECT_TRUE(*body == request);
  }
}

TEST(HeaderTest, TheAnswerAboutVersionsHasTheOldHeaderAlways) {
  EXPECT_EQ(EncodeResponse(1, 3, ApiVersionsResponse())[0].size(),
            4 + 4 + Encoded(ApiVersionsResponse(), 3).size());
  const Frame metadata = EncodeResponse(5, 9, MetadataResponse());
  EXPECT_EQ(metadata[0].size(), 4 + 4 + 1 + Encoded(MetadataResponse(), 9).size());
  const auto read = ReadResponseHeader(std::string_view(metadata[0]).substr(4), 3, 9);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->correlation_id, 5);
  EXPECT_TRUE(MetadataResponse::Decode(read->body, 9).ok());
  EXPECT_FALSE(ReadRequestHeader("abc").ok());
}

}  // namespace
}  // namespace kafka::wire
