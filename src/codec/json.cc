#include "codec/json.h"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "base/uuid.h"
#include "codec/iso_time.h"
#include "codec/json_number.h"
#include "codec/json_plan.h"
#include "codec/json_tokens.h"

namespace codec {
namespace {

using columnar::ColumnWriter;

// Where the values of a record go: the columns of a batch or the members of a struct.
class Targets {
 public:
  explicit Targets(columnar::BatchWriter& batch) : batch_(&batch) {}
  explicit Targets(ColumnWriter& parent) : parent_(&parent) {}
  [[nodiscard]] ColumnWriter& At(size_t index) const {
    return batch_ != nullptr ? batch_->Column(index) : parent_->Child(index);
  }

 private:
  columnar::BatchWriter* batch_ = nullptr;
  ColumnWriter* parent_ = nullptr;
};

// One step towards the value being read, for the reason of a refusal.
struct Step {
  std::string_view key;
  size_t index = 0;
  bool is_index = false;
};

class Decoder final : public JsonDecoder {
 public:
  Decoder(AvroSchema schema, std::unique_ptr<RecordPlan> plan)
      : schema_(std::move(schema)), plan_(std::move(plan)) {}

  std::optional<Reject> Decode(std::string_view line, columnar::BatchWriter& batch) override;

 private:
  // All of these answer false after having set reject_. `index` is the value's token; afterwards
  // the one behind it.
  bool Record(RecordPlan& plan, size_t& index, int depth, Targets targets);
  bool Object(KeyNode& keys, RecordPlan& plan, size_t& index, int depth, Targets targets);
  bool Member(RecordPlan& plan, KnownKey& key, size_t& index, int depth, Targets targets);
  bool Absent(FieldPlan& field, ColumnWriter& out);
  bool Value(ValuePlan& plan, size_t& index, int depth, ColumnWriter& out);
  bool Scalar(const ValuePlan& plan, size_t index, ColumnWriter& out);
  bool Array(ValuePlan& plan, size_t& index, int depth, ColumnWriter& out);
  bool Map(ValuePlan& plan, size_t& index, int depth, ColumnWriter& out);
  bool Boolean(size_t index, ColumnWriter& out);
  bool Integer(const AvroType& type, size_t index, ColumnWriter& out);
  bool Temporal(const AvroType& type, size_t index, ColumnWriter& out);
  bool TemporalText(const AvroType& type, size_t index, int64_t& micros);
  bool Floating(const AvroType& type, size_t index, ColumnWriter& out);
  bool Decimal(const AvroType& type, size_t index, ColumnWriter& out);
  bool DecimalBytes(size_t index, Int128& value);
  bool Bytes(const AvroType& type, size_t index, ColumnWriter& out);
  bool Text(const AvroType& type, size_t index, ColumnWriter& out);
  bool Skip(size_t& index, int depth);

  [[nodiscard]] bool IsNull(size_t index) const {
    return tokens_->First(index) == 'n' && tokens_->Raw(index) == "null";
  }
  bool String(size_t index, std::string_view expected, std::string_view& text);
  bool Number(size_t index, std::string_view expected, JsonNumber& number);
  bool Fit(NumberFit fit, size_t index, std::string_view type);

  bool Fail(Reject::Kind kind, const std::string& message);
  bool WrongType(size_t index, std::string_view expected);
  bool Malformed(const JsonFault& fault);
  [[nodiscard]] std::string Place() const;
  // A line that is no JSON is malformed, whatever was met first in its well-formed part.
  void PreferMalformed();

  const AvroSchema schema_;  // keeps the types alive that the plan points into
  const std::unique_ptr<RecordPlan> plan_;
  JsonTokens line_tokens_;
  JsonTokens* tokens_ = &line_tokens_;  // or those of a default
  bool in_default_ = false;
  uint64_t stamp_ = 0;  // grows with every object, so that "seen in this one" is a comparison
  std::vector<Step> path_;
  std::string bytes_;  // reused
  Reject reject_;
};

std::optional<Reject> Decoder::Decode(std::string_view line, columnar::BatchWriter& batch) {
  path_.clear();
  tokens_ = &line_tokens_;
  in_default_ = false;
  if (line.size() > base::limits::kLineBytesMax) {
    Fail(Reject::Kind::kTooLong, "a record of " + std::to_string(line.size()) + " bytes; at most " +
                                     std::to_string(base::limits::kLineBytesMax) + " are read");
    return std::move(reject_);
  }
  switch (tokens_->Scan(line)) {
    case JsonTokens::Status::kOk:
      break;
    case JsonTokens::Status::kEmpty:
      Fail(Reject::Kind::kMalformed, "expected a record, found nothing");
      return std::move(reject_);
    case JsonTokens::Status::kInvalidUtf8:
      Fail(Reject::Kind::kInvalidUtf8, "not UTF-8");
      return std::move(reject_);
    case JsonTokens::Status::kUnclosedString:
      Fail(Reject::Kind::kMalformed, "not JSON: a string has no closing quote");
      return std::move(reject_);
    case JsonTokens::Status::kControlCharacter:
      Fail(Reject::Kind::kMalformed, "not JSON: an unescaped control character in a string");
      return std::move(reject_);
  }
  size_t index = 0;
  bool good = false;
  if (tokens_->First(0) == '{') {
    good = Record(*plan_, index, 0, Targets(batch));
    if (good && index != tokens_->size()) {
      good = Malformed({tokens_->OffsetOf(index),
                        "expected the end of the line, found " + DescribeToken(*tokens_, index)});
    }
  } else {
    Fail(Reject::Kind::kNotAnObject, "expected an object, found " + DescribeToken(*tokens_, 0));
  }
  if (good) {
    batch.EndRow();
    return std::nullopt;
  }
  batch.AbandonRow();
  PreferMalformed();
  return std::move(reject_);
}

void Decoder::PreferMalformed() {
  tokens_ = &line_tokens_;
  JsonFault fault;
  const std::optional<size_t> end = SkipJson(*tokens_, 0, 0, fault);
  if (end == tokens_->size()) return;
  path_.clear();
  if (end.has_value()) {
    fault = {tokens_->OffsetOf(*end),
             "expected the end of the line, found " + DescribeToken(*tokens_, *end)};
  }
  Malformed(fault);
}

bool Decoder::Record(RecordPlan& plan, size_t& index, int depth, Targets targets) {
  const uint64_t stamp = plan.stamp = ++stamp_;
  if (!Object(plan.keys, plan, index, depth, targets)) return false;
  for (size_t i = 0; i < plan.fields.size(); ++i) {
    if (plan.fields[i].stamp >= stamp) continue;
    if (!Absent(plan.fields[i], targets.At(i))) return false;
  }
  return true;
}

bool Decoder::Object(KeyNode& keys, RecordPlan& plan, size_t& index, int depth, Targets targets) {
  if (depth >= base::limits::kNestingMax) return Skip(index, depth);
  const uint64_t stamp = ++stamp_;
  std::unordered_set<std::string_view> strangers;  // keys beyond those remembered
  KnownKey* previous = nullptr;
  ++index;
  if (tokens_->First(index) == '}') return ++index, true;
  while (true) {
    if (tokens_->First(index) != '"') {
      return Malformed(
          {tokens_->OffsetOf(index), "expected a key, found " + DescribeToken(*tokens_, index)});
    }
    const std::optional<std::string_view> text = tokens_->String(index);
    if (!text.has_value()) return Malformed({tokens_->OffsetOf(index), "a key with a bad escape"});
    KnownKey* key = keys.Find(*text, previous);
    KnownKey stranger;
    if (key == nullptr) {
      stranger.text = *text;
      stranger.rules = keys.Match(*text);
      if (!strangers.insert(*text).second) stranger.stamp = stamp;
      key = &stranger;
    } else {
      (previous == nullptr ? keys.first : previous->next) = key;
      previous = key;
    }
    path_.push_back({*text});
    if (key->stamp == stamp) return Fail(Reject::Kind::kDuplicateKey, "the key stands there twice");
    key->stamp = stamp;
    for (KeyRule* rule : key->rules) {
      if (rule->stamp == stamp) {
        return Fail(Reject::Kind::kDuplicateKey,
                    "the key '" + rule->key + "' stands there twice, in different case");
      }
      rule->stamp = stamp;
    }
    if (tokens_->First(index + 1) != ':') {
      return Malformed({tokens_->OffsetOf(index + 1),
                        "expected ':', found " + DescribeToken(*tokens_, index + 1)});
    }
    index += 2;
    if (!Member(plan, *key, index, depth, targets)) return false;
    path_.pop_back();
    const char separator = tokens_->First(index);
    if (separator == '}') return ++index, true;
    if (separator != ',') {
      return Malformed({tokens_->OffsetOf(index),
                        "expected ',' or '}', found " + DescribeToken(*tokens_, index)});
    }
    ++index;
  }
}

bool Decoder::Member(RecordPlan& plan, KnownKey& key, size_t& index, int depth, Targets targets) {
  if (key.rules.empty()) return Skip(index, depth + 1);
  const size_t value = index;
  for (KeyRule* rule : key.rules) {
    index = value;  // a key may feed a field and lead to paths of others
    if (rule->field >= 0) {
      FieldPlan& field = plan.fields[static_cast<size_t>(rule->field)];
      if (field.stamp >= plan.stamp) {
        return Fail(Reject::Kind::kDuplicateKey, "the field '" + field.name +
                                                     "' stands there twice, under its name and an "
                                                     "alias or under two aliases");
      }
      field.stamp = plan.stamp;
      if (!Value(field.value, index, depth + 1, targets.At(static_cast<size_t>(rule->field))))
        return false;
    } else if (tokens_->First(index) == '{') {
      if (!Object(*rule->deeper, plan, index, depth + 1, targets)) return false;
    } else if (IsNull(index)) {
      ++index;  // nothing below null: the fields are absent
    } else {
      return WrongType(index, "an object");
    }
  }
  return true;
}

bool Decoder::Absent(FieldPlan& field, ColumnWriter& out) {
  if (field.default_value != nullptr) {
    path_.push_back({field.place});
    JsonTokens* const outer = tokens_;
    tokens_ = field.default_value.get();
    in_default_ = true;
    size_t index = 0;
    const bool good = Value(field.value, index, 0, out);
    tokens_ = outer;
    in_default_ = false;
    path_.pop_back();
    return good;
  }
  if (field.value.nullable) return out.Null(), true;
  path_.push_back({field.place});
  return Fail(Reject::Kind::kMissing, "is required and not there");
}

bool Decoder::Value(ValuePlan& plan, size_t& index, int depth, ColumnWriter& out) {
  if (IsNull(index)) {
    if (!plan.nullable) return Fail(Reject::Kind::kNull, "is required and null");
    ++index;
    out.Null();
    return true;
  }
  switch (plan.type->kind) {
    case AvroKind::kRecord:
      if (tokens_->First(index) != '{') return WrongType(index, "an object");
      if (!Record(*plan.record, index, depth, Targets(out))) return false;
      out.EndStruct();
      return true;
    case AvroKind::kArray:
      return Array(plan, index, depth, out);
    case AvroKind::kMap:
      return Map(plan, index, depth, out);
    default:
      return Scalar(plan, index++, out);
  }
}

bool Decoder::Scalar(const ValuePlan& plan, size_t index, ColumnWriter& out) {
  const AvroType& type = *plan.type;
  if (index >= tokens_->size()) return WrongType(index, "a value");
  if (type.logical == AvroLogical::kDecimal) return Decimal(type, index, out);
  if (type.logical != AvroLogical::kNone && type.logical != AvroLogical::kUuid)
    return Temporal(type, index, out);
  switch (type.kind) {
    case AvroKind::kBoolean:
      return Boolean(index, out);
    case AvroKind::kInt:
    case AvroKind::kLong:
      return Integer(type, index, out);
    case AvroKind::kFloat:
    case AvroKind::kDouble:
      return Floating(type, index, out);
    case AvroKind::kBytes:
    case AvroKind::kFixed:
      return Bytes(type, index, out);
    case AvroKind::kString:
    case AvroKind::kEnum:
      return Text(type, index, out);
    case AvroKind::kNull:
    case AvroKind::kRecord:
    case AvroKind::kArray:
    case AvroKind::kMap:
    case AvroKind::kUnion:
      break;
  }
  CHECK(false);  // Value and ToColumns leave none of these
}

bool Decoder::Array(ValuePlan& plan, size_t& index, int depth, ColumnWriter& out) {
  if (tokens_->First(index) != '[') return WrongType(index, "an array");
  if (depth >= base::limits::kNestingMax) return Skip(index, depth);
  out.BeginList();
  ++index;
  if (tokens_->First(index) == ']') return ++index, out.EndList(), true;
  path_.push_back({{}, 0, true});
  while (true) {
    if (!Value(*plan.element, index, depth + 1, out.Child(0))) return false;
    const char separator = tokens_->First(index);
    if (separator == ']') break;
    if (separator != ',') {
      return Malformed({tokens_->OffsetOf(index),
                        "expected ',' or ']', found " + DescribeToken(*tokens_, index)});
    }
    ++index;
    ++path_.back().index;
  }
  path_.pop_back();
  ++index;
  out.EndList();
  return true;
}

bool Decoder::Map(ValuePlan& plan, size_t& index, int depth, ColumnWriter& out) {
  if (tokens_->First(index) != '{') return WrongType(index, "an object");
  if (depth >= base::limits::kNestingMax) return Skip(index, depth);
  out.BeginList();
  std::unordered_set<std::string_view> keys;
  ++index;
  if (tokens_->First(index) == '}') return ++index, out.EndList(), true;
  while (true) {
    std::string_view key;
    if (!String(index, "a key", key)) return false;
    path_.push_back({key});
    if (!keys.insert(key).second)
      return Fail(Reject::Kind::kDuplicateKey, "the key stands there twice");
    if (tokens_->First(index + 1) != ':') {
      return Malformed({tokens_->OffsetOf(index + 1),
                        "expected ':', found " + DescribeToken(*tokens_, index + 1)});
    }
    out.Child(0).String(key);
    index += 2;
    if (!Value(*plan.element, index, depth + 1, out.Child(1))) return false;
    path_.pop_back();
    const char separator = tokens_->First(index);
    if (separator == '}') return ++index, out.EndList(), true;
    if (separator != ',') {
      return Malformed({tokens_->OffsetOf(index),
                        "expected ',' or '}', found " + DescribeToken(*tokens_, index)});
    }
    ++index;
  }
}

bool Decoder::Boolean(size_t index, ColumnWriter& out) {
  const std::string_view raw = tokens_->Raw(index);
  if (raw != "true" && raw != "false") return WrongType(index, "true or false");
  out.Value(raw == "true");
  return true;
}

bool Decoder::Integer(const AvroType& type, size_t index, ColumnWriter& out) {
  const bool narrow = type.kind == AvroKind::kInt;
  JsonNumber number;
  if (!Number(index, "a whole number", number)) return false;
  int64_t value = 0;
  NumberFit fit = number.ToInt64(value);
  if (narrow && fit == NumberFit::kExact && value != static_cast<int32_t>(value))
    fit = NumberFit::kOutOfRange;
  if (!Fit(fit, index, narrow ? "an int" : "a long")) return false;
  if (narrow) {
    out.Value(static_cast<int32_t>(value));
  } else {
    out.Value(value);
  }
  return true;
}

bool Decoder::Floating(const AvroType& type, size_t index, ColumnWriter& out) {
  JsonNumber number;
  if (!Number(index, "a number", number)) return false;
  if (type.kind == AvroKind::kFloat) {
    float value = 0;
    if (!Fit(number.ToFloat(value), index, "a float")) return false;
    out.Value(value);
  } else {
    double value = 0;
    if (!Fit(number.ToDouble(value), index, "a double")) return false;
    out.Value(value);
  }
  return true;
}

// A unit of the logical type in microseconds; days count as none.
int64_t UnitMicros(AvroLogical logical) {
  const bool millis = logical == AvroLogical::kTimeMillis ||
                      logical == AvroLogical::kTimestampMillis ||
                      logical == AvroLogical::kLocalTimestampMillis;
  return millis ? 1000 : 1;
}

bool Decoder::Temporal(const AvroType& type, size_t index, ColumnWriter& out) {
  const bool is_date = type.logical == AvroLogical::kDate;
  const bool is_time =
      type.logical == AvroLogical::kTimeMillis || type.logical == AvroLogical::kTimeMicros;
  int64_t value = 0;  // days, or microseconds
  if (tokens_->First(index) == '"') {
    if (!TemporalText(type, index, value)) return false;
  } else {
    JsonNumber number;
    if (!Number(index, is_date ? "days since 1970 or a date" : "a whole number or a time", number))
      return false;
    const NumberFit fit = number.ToInt64(value);
    if (!Fit(fit, index, is_date ? "a date" : is_time ? "a time" : "a timestamp")) return false;
    const int64_t unit = is_date ? 1 : UnitMicros(type.logical);
    if (__builtin_mul_overflow(value, unit, &value))
      return Fit(NumberFit::kOutOfRange, index, "a timestamp");
  }
  if (is_date) {
    if (value < kDayMin || value > kDayMax)
      return Fit(NumberFit::kOutOfRange, index, "a date of the years 1 to 9999");
    out.Value(static_cast<int32_t>(value));
    return true;
  }
  if (is_time && (value < 0 || value >= kMicrosPerDay))
    return Fit(NumberFit::kOutOfRange, index, "a time of day");
  if (value < kDayMin * kMicrosPerDay || value >= (kDayMax + 1) * kMicrosPerDay)
    return Fit(NumberFit::kOutOfRange, index, "a timestamp of the years 1 to 9999");
  out.Value(value);
  return true;
}

bool Decoder::TemporalText(const AvroType& type, size_t index, int64_t& value) {
  std::string_view text;
  if (!String(index, "a time", text)) return false;
  int64_t below_micros = 0;
  switch (type.logical) {
    case AvroLogical::kDate: {
      const std::optional<int32_t> days = ParseIsoDate(text);
      if (!days.has_value()) return WrongType(index, "a date like 2026-11-21");
      value = *days;
      return true;
    }
    case AvroLogical::kTimeMillis:
    case AvroLogical::kTimeMicros: {
      const std::optional<IsoTime> time = ParseIsoTime(text);
      if (!time.has_value()) return WrongType(index, "a time like 04:10:00.123");
      value = time->micros;
      below_micros = time->below_micros;
      break;
    }
    default: {
      const bool local = type.logical == AvroLogical::kLocalTimestampMillis ||
                         type.logical == AvroLogical::kLocalTimestampMicros;
      const std::optional<IsoTimestamp> stamp = ParseIsoTimestamp(text);
      if (!stamp.has_value() || stamp->has_offset == local) {
        return WrongType(index, local ? "a time without zone like 2026-11-21T04:10:00"
                                      : "a time with its zone like 2026-11-21T04:10:00Z");
      }
      value = stamp->micros;
      below_micros = stamp->below_micros;
      break;
    }
  }
  if (below_micros != 0 || value % UnitMicros(type.logical) != 0) {
    return Fit(NumberFit::kRounds, index,
               UnitMicros(type.logical) == 1 ? "whole microseconds" : "whole milliseconds");
  }
  return true;
}

// The bytes of an Avro default: two's complement, big-endian.
bool Decoder::DecimalBytes(size_t index, Int128& value) {
  std::string_view text;
  if (!String(index, "bytes", text)) return false;
  value = 0;
  bool first = true;
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0xC0) byte = static_cast<unsigned char>((byte & 3) << 6 | (text[++i] & 0x3F));
    if (first && byte >= 0x80) value = -1;
    first = false;
    value = value * 256 + byte;
  }
  return true;
}

bool Decoder::Decimal(const AvroType& type, size_t index, ColumnWriter& out) {
  Int128 value = 0;
  if (in_default_) {
    if (!DecimalBytes(index, value)) return false;
  } else {
    JsonNumber number;
    if (!Number(index, "a number", number)) return false;
    const std::string name =
        "a decimal(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    if (!Fit(number.ToScaled(type.scale, type.precision, value), index, name)) return false;
  }
  if (type.precision <= 4) {
    out.Value(static_cast<int16_t>(value));
  } else if (type.precision <= 9) {
    out.Value(static_cast<int32_t>(value));
  } else if (type.precision <= 18) {
    out.Value(static_cast<int64_t>(value));
  } else {
    out.HugeInt(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value));
  }
  return true;
}

bool Decoder::Bytes(const AvroType& type, size_t index, ColumnWriter& out) {
  std::string_view text;
  if (!String(index, "a string of bytes", text)) return false;
  // Avro's JSON encoding: the characters U+0000 to U+00FF stand for the bytes.
  bytes_.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte > 0xC3)
      return Fail(Reject::Kind::kWrongType,
                  "expected bytes as characters up to U+00FF, found more");
    bytes_ += byte < 0x80 ? text[i] : static_cast<char>((byte & 3) << 6 | (text[++i] & 0x3F));
  }
  if (type.kind == AvroKind::kFixed && static_cast<int64_t>(bytes_.size()) != type.fixed_bytes) {
    return Fail(Reject::Kind::kWrongType, "expected " + std::to_string(type.fixed_bytes) +
                                              " bytes, found " + std::to_string(bytes_.size()));
  }
  out.String(bytes_);
  return true;
}

bool Decoder::Text(const AvroType& type, size_t index, ColumnWriter& out) {
  std::string_view text;
  if (!String(index, "a string", text)) return false;
  if (type.logical == AvroLogical::kUuid) {
    const std::optional<base::Uuid> uuid = base::Uuid::Parse(text);
    if (!uuid.has_value()) return WrongType(index, "a UUID");
    uint64_t halves[2] = {0, 0};
    for (size_t i = 0; i < 16; ++i) halves[i / 8] = halves[i / 8] << 8 | uuid->bytes()[i];
    out.HugeInt(static_cast<int64_t>(halves[0]), halves[1]);
    return true;
  }
  if (type.kind == AvroKind::kEnum &&
      std::find(type.symbols.begin(), type.symbols.end(), text) == type.symbols.end())
    return WrongType(index, "a symbol of " + type.full_name);
  out.String(text);
  return true;
}

bool Decoder::Skip(size_t& index, int depth) {
  JsonFault fault;
  const std::optional<size_t> next = SkipJson(*tokens_, index, depth, fault);
  if (!next.has_value()) return Malformed(fault);
  index = *next;
  return true;
}

bool Decoder::String(size_t index, std::string_view expected, std::string_view& text) {
  if (tokens_->First(index) != '"') return WrongType(index, expected);
  const std::optional<std::string_view> found = tokens_->String(index);
  if (!found.has_value())
    return Malformed({tokens_->OffsetOf(index), "a string with a bad escape"});
  text = *found;
  return true;
}

bool Decoder::Number(size_t index, std::string_view expected, JsonNumber& number) {
  const std::optional<JsonNumber> found = JsonNumber::Parse(tokens_->Raw(index));
  if (!found.has_value()) return WrongType(index, expected);
  number = *found;
  return true;
}

bool Decoder::Fit(NumberFit fit, size_t index, std::string_view type) {
  switch (fit) {
    case NumberFit::kExact:
      return true;
    case NumberFit::kRounds:
      return Fail(Reject::Kind::kOutOfRange, DescribeToken(*tokens_, index) + " fits " +
                                                 std::string(type) + " only by rounding");
    case NumberFit::kOutOfRange:
      return Fail(Reject::Kind::kOutOfRange,
                  DescribeToken(*tokens_, index) + " does not fit " + std::string(type));
  }
  return false;
}

bool Decoder::WrongType(size_t index, std::string_view expected) {
  return Fail(Reject::Kind::kWrongType,
              "expected " + std::string(expected) + ", found " + DescribeToken(*tokens_, index));
}

bool Decoder::Malformed(const JsonFault& fault) {
  path_.clear();
  if (fault.too_deep) return Fail(Reject::Kind::kTooDeep, fault.reason);
  return Fail(Reject::Kind::kMalformed,
              "not JSON at byte " + std::to_string(fault.offset) + ": " + fault.reason);
}

bool Decoder::Fail(Reject::Kind kind, const std::string& message) {
  reject_.kind = kind;
  reject_.field = Place();
  reject_.reason = reject_.field.empty() ? message : reject_.field + ": " + message;
  return false;
}

std::string Decoder::Place() const {
  std::string place;
  for (const Step& step : path_) {
    if (step.is_index) {
      place += "[" + std::to_string(step.index) + "]";
      continue;
    }
    if (!place.empty()) place += ".";
    place += step.key;
  }
  return place;
}

}  // namespace

std::string_view KindName(Reject::Kind kind) {
  switch (kind) {
    case Reject::Kind::kMalformed:
      return "malformed";
    case Reject::Kind::kInvalidUtf8:
      return "invalid UTF-8";
    case Reject::Kind::kDuplicateKey:
      return "duplicate key";
    case Reject::Kind::kNotAnObject:
      return "not an object";
    case Reject::Kind::kMissing:
      return "missing";
    case Reject::Kind::kNull:
      return "null";
    case Reject::Kind::kWrongType:
      return "wrong type";
    case Reject::Kind::kOutOfRange:
      return "out of range";
    case Reject::Kind::kTooLong:
      return "too long";
    case Reject::Kind::kTooDeep:
      return "too deep";
  }
  return "";
}

base::Result<std::unique_ptr<JsonDecoder>> JsonDecoder::Create(const AvroSchema& schema) {
  std::unique_ptr<RecordPlan> plan = TRY(CompileJsonPlan(schema));
  return std::unique_ptr<JsonDecoder>(std::make_unique<Decoder>(schema, std::move(plan)));
}

}  // namespace codec
