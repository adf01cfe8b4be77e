#include "lake/stats.h"

#include <algorithm>
#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "lake/simdjson_values.h"
#include "lake/time_text.h"

namespace lake {
namespace {

using columnar::TypeId;

constexpr size_t kStringCharacters = 32;  // as Spark cuts; more would bloat every add action
constexpr std::string_view kGreatestCharacter = "\xF4\x8F\xBF\xBF";  // U+10FFFF

enum class Bound : uint8_t { kMin, kMax };

// Is it a number as JSON writes one?
bool IsJsonNumber(std::string_view text) {
  const auto digits = [&] {
    const size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool zero_first = text.starts_with('0');
  const size_t integer = digits();
  if (integer == 0 || (zero_first && integer > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

// The offset after `count` characters of well-formed UTF-8, or the size when it has fewer.
size_t OffsetOfCharacter(std::string_view text, size_t count) {
  size_t offset = 0;
  for (; offset < text.size(); ++offset) {
    const bool starts_character = (static_cast<unsigned char>(text[offset]) & 0xC0) != 0x80;
    if (starts_character && count-- == 0) break;
  }
  return offset;
}

std::optional<std::string> StringBound(std::string_view text, Bound bound) {
  if (base::ValidUtf8Prefix(text) != text.size()) return std::nullopt;
  size_t end = OffsetOfCharacter(text, kStringCharacters);
  if (end == text.size()) return base::JsonQuote(text);
  if (bound == Bound::kMin) return base::JsonQuote(text.substr(0, end));
  // A prefix is below the text itself; a greatest character after it is not, unless the text goes
  // on with that very character.
  while (text.substr(end).starts_with(kGreatestCharacter)) end += kGreatestCharacter.size();
  if (end == text.size()) return base::JsonQuote(text);
  return base::JsonQuote(std::string(text.substr(0, end)).append(kGreatestCharacter));
}

std::optional<std::string> TimestampBound(std::string_view text, Bound bound, bool is_instant) {
  const auto parsed = ParseTimestamp(text);
  if (!parsed || (is_instant && !parsed->has_zone)) return std::nullopt;
  int64_t micros = parsed->micros;
  if (bound == Bound::kMax && micros % 1000 != 0) {
    micros += 1000;  // formatting cuts downwards
  }
  if (!IsFourDigitYear(micros)) return std::nullopt;
  return base::JsonQuote(FormatTimestamp(
      micros, {.separator = 'T', .fraction_digits = 3, .zone = is_instant ? "Z" : ""}));
}

// The bound as JSON, nullopt when it cannot be said.
std::optional<std::string> BoundJson(const columnar::Type& type, std::string_view text,
                                     Bound bound) {
  switch (type.id) {
    case TypeId::kTinyInt:
    case TypeId::kSmallInt:
    case TypeId::kInteger:
    case TypeId::kBigInt:
    case TypeId::kHugeInt:
    case TypeId::kUTinyInt:
    case TypeId::kUSmallInt:
    case TypeId::kUInteger:
    case TypeId::kUBigInt:
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kDecimal:
      if (!IsJsonNumber(text)) return std::nullopt;  // nan, inf
      return std::string(text);
    case TypeId::kDate:
      if (!ParseDate(text)) return std::nullopt;
      return base::JsonQuote(text);
    case TypeId::kTimestamp:
    case TypeId::kTimestampS:
    case TypeId::kTimestampMs:
      return TimestampBound(text, bound, false);
    case TypeId::kTimestampTz:
      return TimestampBound(text, bound, true);
    case TypeId::kVarchar:
    case TypeId::kUuid:
    case TypeId::kEnum:
    case TypeId::kJson:
    case TypeId::kTime:
      return StringBound(text, bound);
    case TypeId::kBoolean:
    case TypeId::kBlob:
    case TypeId::kUHugeInt:
    case TypeId::kTimeTz:
    case TypeId::kTimestampNs:
    case TypeId::kInterval:
    case TypeId::kBit:
    case TypeId::kUnion:
    case TypeId::kNull:
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap:
    case TypeId::kArray:
    case TypeId::kOther:
      return std::nullopt;
  }
  return std::nullopt;
}

struct Leaf {
  const std::vector<std::string>* path;
  std::string json;
};

// Writes the leaves as one object, those that share a first name nested under it. The order is that
// of the leaves, a nested object standing where its first leaf does.
void WriteTree(base::JsonWriter& json, const std::vector<Leaf>& leaves, size_t depth) {
  json.BeginObject();
  std::vector<bool> written(leaves.size(), false);
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (written[i]) continue;
    const std::string& name = (*leaves[i].path)[depth];
    json.Key(name);
    if (leaves[i].path->size() == depth + 1) {
      json.Raw(leaves[i].json);
      continue;
    }
    std::vector<Leaf> nested;
    for (size_t j = i; j < leaves.size(); ++j) {
      if (leaves[j].path->size() <= depth + 1 || (*leaves[j].path)[depth] != name) continue;
      nested.push_back(leaves[j]);
      written[j] = true;
    }
    WriteTree(json, nested, depth + 1);
  }
  json.EndObject();
}

}  // namespace

std::string StatsJson(int64_t num_records, const std::vector<ColumnStats>& columns) {
  std::vector<Leaf> min_values;
  std::vector<Leaf> max_values;
  std::vector<Leaf> null_counts;
  for (const ColumnStats& column : columns) {
    CHECK(!column.path.empty());
    if (column.min) {
      if (auto json = BoundJson(column.type, *column.min, Bound::kMin)) {
        min_values.push_back({&column.path, *std::move(json)});
      }
    }
    if (column.max) {
      if (auto json = BoundJson(column.type, *column.max, Bound::kMax)) {
        max_values.push_back({&column.path, *std::move(json)});
      }
    }
    if (column.null_count) {
      null_counts.push_back({&column.path, std::to_string(*column.null_count)});
    }
  }
  base::JsonWriter json;
  json.BeginObject().Key("numRecords").Int(num_records);
  WriteTree(json.Key("minValues"), min_values, 0);
  WriteTree(json.Key("maxValues"), max_values, 0);
  WriteTree(json.Key("nullCount"), null_counts, 0);
  json.EndObject();
  return std::move(json).Take();
}

std::optional<int64_t> NumRecords(std::string_view stats_json) {
  simdjson::ondemand::parser parser;
  const simdjson::padded_string padded(stats_json);
  simdjson::ondemand::document document;
  int64_t num_records = 0;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document["numRecords"].get_int64().get(num_records) != simdjson::SUCCESS || num_records < 0) {
    return std::nullopt;
  }
  return num_records;
}

}  // namespace lake
