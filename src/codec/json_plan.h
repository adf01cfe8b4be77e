// JsonPlan: how records of one schema are read: which keys feed which fields. Compiled once from
// the schema; it also remembers the keys it met, so that looking one up is a comparison with the
// key that came next last time. Part of a JsonDecoder; THREAD: one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "codec/avro_schema.h"
#include "codec/json_tokens.h"

namespace codec {

struct RecordPlan;
struct KeyNode;

struct ValuePlan {
  const AvroType* type = nullptr;  // never a union: the branch that is not null
  bool nullable = false;
  std::unique_ptr<ValuePlan> element;  // of an array or map
  std::unique_ptr<RecordPlan> record;
};

struct FieldPlan {
  std::string name;
  std::string place;  // as a person looks for it in the record: "details.Brand"
  ValuePlan value;
  std::unique_ptr<JsonTokens> default_value;
  uint64_t stamp = 0;  // of the record that set it last
};

// A key of the schema at one level: it feeds a field, or leads to deeper keys of json paths.
struct KeyRule {
  std::string key;
  bool ignore_case = false;
  int field = -1;
  std::unique_ptr<KeyNode> deeper;
  uint64_t stamp = 0;  // of the object it was met in last
};

struct KnownKey {
  std::string text;
  std::vector<KeyRule*> rules;  // none for a key the schema does not know
  KnownKey* next = nullptr;     // what came after it last time
  uint64_t stamp = 0;           // of the object it was met in last
};

// The keys of one object level.
struct KeyNode {
  std::deque<KeyRule> rules;
  std::deque<KnownKey> known;
  std::unordered_map<std::string_view, KnownKey*> index;
  KnownKey* first = nullptr;

  // The key of that text; nullptr when it is new and too many are known already.
  KnownKey* Find(std::string_view key, const KnownKey* previous);
  [[nodiscard]] std::vector<KeyRule*> Match(std::string_view key);
};

struct RecordPlan {
  std::vector<FieldPlan> fields;
  KeyNode keys;
  uint64_t stamp = 0;  // of the record being read
};

// ERRORS: those of AvroSchema::ToColumns; REQUIRES: `schema` outlives the plan.
base::Result<std::unique_ptr<RecordPlan>> CompileJsonPlan(const AvroSchema& schema);

}  // namespace codec
