// Bytes that Kafka's own Java library wrote, of every message at every version, decode to the
// values it was given, and those values encode to the same bytes.
// test/golden/kafka_messages/README.md has the rule of the values.
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/wire/all_fields.h"
#include "kafka/wire/encoder.h"

namespace kafka::wire {
namespace {

// Values by counting: each primitive field, in the order of the bytes, takes the next number.
// Arrays have two elements. The "empty" form has nulls and empty arrays wherever the version allows
// them.
class CountingFill {
 public:
  explicit CountingFill(bool empty) : empty_(empty) {}

  // Kept out of line: g++ 12, seeing through it, warns of optionals that it believes to be unset.
  template <typename Message>
  [[gnu::noinline]] void Fill(Message& message, int16_t version) {
    VisitFields(message, version,
                [&](const char*, auto& value, bool nullable) { Value(value, nullable, version); });
  }

 private:
  template <typename T>
  void Value(T& value, bool nullable, int16_t version) {
    if constexpr (std::is_same_v<T, bool>) {
      value = ++count_ % 2 == 1;
    } else if constexpr (std::is_same_v<T, int8_t>) {
      value = static_cast<int8_t>(1 + ++count_ % 100);
    } else if constexpr (std::is_same_v<T, int16_t>) {
      value = static_cast<int16_t>(1000 + ++count_);
    } else if constexpr (std::is_same_v<T, uint16_t>) {
      value = static_cast<uint16_t>(40'000 + ++count_);
    } else if constexpr (std::is_same_v<T, int32_t>) {
      value = 100'000 + ++count_;
    } else if constexpr (std::is_same_v<T, uint32_t>) {
      value = 3'000'000'000u + static_cast<uint32_t>(++count_);
    } else if constexpr (std::is_same_v<T, int64_t>) {
      value = 10'000'000'000 + ++count_;
    } else if constexpr (std::is_same_v<T, double>) {
      value = ++count_ + 0.5;
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = "s" + std::to_string(++count_);
    } else if constexpr (std::is_same_v<T, std::string_view>) {
      ++count_;
      value = texts_.emplace(count_, "s" + std::to_string(count_)).first->second;
    } else if constexpr (std::is_same_v<T, base::Uuid>) {
      base::Uuid::Bytes bytes{};
      ++count_;
      bytes[6] = bytes[14] = static_cast<uint8_t>(count_ >> 8);
      bytes[7] = bytes[15] = static_cast<uint8_t>(count_);
      value = base::Uuid(bytes);
    } else {
      Compound(value, nullable, version);
    }
  }
  template <typename T>
  void Compound(std::optional<T>& value, bool nullable, int16_t version) {
    value.reset();
    if (nullable && empty_) return;
    Value(value.emplace(), false, version);
  }
  template <typename T>
  void Compound(std::vector<T>& values, bool, int16_t version) {
    values.resize(empty_ ? 0 : 2);
    for (auto& value : values) Value(value, false, version);
  }
  template <typename T>
  requires requires(T& message) {
    VisitFields(message, int16_t{0}, [](auto&&...) {});
  }
  void Compound(T& message, bool, int16_t version) { Fill(message, version); }

  bool empty_;
  int count_ = 0;
  std::map<int, std::string> texts_;
};

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// "FetchRequest 4 full" -> bytes.
std::map<std::string, std::string> GoldenBytes() {
  std::map<std::string, std::string> golden;
  for (const auto& entry : std::filesystem::directory_iterator("test/golden/kafka_messages")) {
    if (entry.path().extension() != ".txt") continue;
    std::ifstream in(entry.path());
    for (std::string name, version, form, hex; in >> name >> version >> form;) {
      std::getline(in, hex);
      golden[name + " " + version + " " + form] = FromHex(hex.substr(hex.empty() ? 0 : 1));
    }
  }
  return golden;
}

template <typename Message>
std::string NameOf() {
  const std::string name(Message::kName);
  if constexpr (requires { typename Message::Response; }) {
    return name + "Request";
  } else if constexpr (requires { Message::kApiKey; }) {
    return name + "Response";
  } else {
    return name;
  }
}

TEST(GoldenTest, WhatKafkaWroteOfEveryMessageReadsAsItsValuesAndIsWrittenTheSame) {
  auto golden = GoldenBytes();
  ForEachMessage([&](auto type) {
    using Message = typename decltype(type)::type;
    for (int version = Message::kVersionMin; version <= Message::kVersionMax; ++version) {
      for (const bool empty : {false, true}) {
        const std::string key =
            NameOf<Message>() + " " + std::to_string(version) + (empty ? " empty" : " full");
        const auto bytes = golden.find(key);
        ASSERT_NE(bytes, golden.end()) << key;
        CountingFill fill(empty);
        Message expected;
        fill.Fill(expected, static_cast<int16_t>(version));
        const auto read = Message::Decode(bytes->second, static_cast<int16_t>(version));
        ASSERT_TRUE(read.ok()) << key << ": " << read.error().ToString();
        EXPECT_TRUE(*read == expected) << key;
        Encoder out;
        expected.Encode(out, static_cast<int16_t>(version));
        std::string written;
        for (const std::string& piece : std::move(out).Take()) written += piece;
        EXPECT_EQ(written, bytes->second) << key;
        golden.erase(bytes);
      }
    }
  });
  EXPECT_THAT(golden, testing::IsEmpty());
}

}  // namespace
}  // namespace kafka::wire
