// The description language of Kafka messages (docs/kafka-wire.md) and its parser: a file's text to
// a model that has been checked, or every fault found, with its line. Values; no threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace messages {

// Both ends included.
struct Versions {
  int min = 0;
  int max = 0;

  [[nodiscard]] bool Covers(const Versions& other) const {
    return min <= other.min && max >= other.max;
  }
};

enum class Kind {
  kBool,
  kInt8,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kInt64,
  kFloat64,
  kUuid,
  kString,
  kBytes,
  kRecords,
  kStruct,
};

struct Field {
  std::string name;
  Kind kind = Kind::kBool;
  std::string struct_name;  // of kStruct
  bool array = false;
  Versions versions;  // within those of the struct it stands in
  std::optional<Versions> nullable;
  std::optional<int> tag;
  std::optional<std::string> default_text;  // as written
};

struct Struct {
  std::string name;
  Versions versions;
  std::vector<Field> fields;
  bool has_records = false;  // here or in a struct it holds
  bool used = false;
  int line = 0;
};

struct Message {
  enum class Role { kRequest, kResponse, kData };
  Role role = Role::kRequest;
  std::string name;  // of the C++ struct: ProduceRequest
  Versions versions;
  std::optional<int> flexible_min;
  std::vector<Struct> structs;  // each after those it holds; the last is the message itself

  [[nodiscard]] const Struct& root() const { return structs.back(); }
  [[nodiscard]] const Struct& Find(const std::string& struct_name) const;
};

struct Api {
  int key = 0;
  std::string name;
};

struct Description {
  std::optional<Api> api;  // of a file of one request and one response
  std::vector<Message> messages;
};

// The faults, one a line: "produce.txt:7: no type 'strng'".
using Faults = std::vector<std::string>;

std::variant<Description, Faults> Parse(std::string_view text, const std::string& file_name);

}  // namespace messages
