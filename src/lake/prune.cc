#include "lake/prune.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "lake/simdjson_values.h"
#include "lake/typed_text.h"

namespace lake {
namespace {

namespace ondemand = simdjson::ondemand;
using columnar::Field;
using columnar::TypeId;

// What a file is known to hold in one column. An absent bound is no bound.
struct ColumnFacts {
  std::optional<TypedText> min;
  std::optional<TypedText> max;
  bool is_exact = false;    // a partition value, not statistics
  bool all_null = false;    // no row has a value
  bool never_null = false;  // every row has one
};

// The statistics of one file as texts, of the columns that are asked for.
struct StatTexts {
  std::optional<int64_t> num_records;
  std::map<std::string, std::string, std::less<>> min, max;
  std::map<std::string, int64_t, std::less<>> null_count;
};

class StatsReader {
 public:
  explicit StatsReader(const std::vector<Comparison>& comparisons) {
    for (const Comparison& comparison : comparisons) wanted_.insert({comparison.column, true});
  }

  // What cannot be read is left out.
  StatTexts Read(std::string_view stats_json) {
    StatTexts texts;
    buffer_.assign(stats_json);
    buffer_.resize(stats_json.size() + simdjson::SIMDJSON_PADDING);
    ondemand::document document;
    ondemand::object root;
    if (parser_.iterate(buffer_.data(), stats_json.size(), buffer_.size()).get(document) !=
            simdjson::SUCCESS ||
        document.get_object().get(root) != simdjson::SUCCESS) {
      return texts;
    }
    ForMembers(root, [&](const std::string& key, ondemand::value value) {
      ondemand::object object;
      if (key == "numRecords") {
        int64_t number = 0;
        if (value.get_int64().get(number) == simdjson::SUCCESS) texts.num_records = number;
      } else if (key == "minValues" && value.get_object().get(object) == simdjson::SUCCESS) {
        ReadBounds(object, texts.min);
      } else if (key == "maxValues" && value.get_object().get(object) == simdjson::SUCCESS) {
        ReadBounds(object, texts.max);
      } else if (key == "nullCount" && value.get_object().get(object) == simdjson::SUCCESS) {
        ForMembers(object, [&](const std::string& column, ondemand::value count) {
          int64_t number = 0;
          if (wanted_.contains(column) && count.get_int64().get(number) == simdjson::SUCCESS) {
            texts.null_count[column] = number;
          }
        });
      }
    });
    return texts;
  }

 private:
  template <typename Member>
  static void ForMembers(ondemand::object object, Member member) {
    for (auto result : object) {
      ondemand::field field;
      std::string_view key;
      if (std::move(result).get(field) != simdjson::SUCCESS ||
          field.unescaped_key().get(key) != simdjson::SUCCESS) {
        return;
      }
      const std::string name(key);
      member(name, field.value());
    }
  }

  void ReadBounds(ondemand::object object,
                  std::map<std::string, std::string, std::less<>>& bounds) const {
    ForMembers(object, [&](const std::string& column, ondemand::value value) {
      ondemand::json_type type{};
      if (!wanted_.contains(column) || value.type().get(type) != simdjson::SUCCESS) return;
      std::string_view text;
      if (type == ondemand::json_type::string) {
        if (value.get_string().get(text) == simdjson::SUCCESS) bounds[column] = text;
      } else if (type == ondemand::json_type::number || type == ondemand::json_type::boolean) {
        // As it stands: a decimal may have more digits than a double.
        bounds[column] = base::Trim(value.raw_json_token());
      }
    });
  }

  std::map<std::string, bool, std::less<>> wanted_;
  ondemand::parser parser_;
  std::string buffer_;
};

// One comparison with its values parsed, against a column of known type.
class Test {
 public:
  Test(const Comparison& comparison, const Field* field, bool is_partition)
      : comparison_(comparison), field_(field), is_partition_(is_partition) {
    if (field == nullptr) return;
    for (const std::string& text : comparison.values) {
      auto value = ParseTyped(field->type, text, ZoneRule::kUtc);
      if (!value) {
        known_ = false;
        return;
      }
      values_.push_back(*std::move(value));
    }
    // The order of an ENUM is that of its labels, not of their texts.
    const bool is_equality = comparison.op == CompareOp::kEqual || comparison.op == CompareOp::kIn;
    known_ = field->type.id != TypeId::kEnum || is_equality;
  }

  [[nodiscard]] bool MayMatch(const AddFile& file, const StatTexts& stats) const {
    if (field_ == nullptr) return true;
    const ColumnFacts facts = is_partition_ ? FromPartition(file) : FromStats(stats);
    if (comparison_.op == CompareOp::kIsNull) return !facts.never_null;
    if (facts.all_null) return false;
    if (comparison_.op == CompareOp::kIsNotNull || !known_) return true;
    return std::any_of(values_.begin(), values_.end(),
                       [&](const TypedText& value) { return MayMatchValue(facts, value); });
  }

 private:
  [[nodiscard]] ColumnFacts FromPartition(const AddFile& file) const {
    ColumnFacts facts{.is_exact = true};
    const auto found = file.partition_values.find(field_->name);
    if (found == file.partition_values.end()) return facts;
    if (!found->second.has_value()) {
      facts.all_null = true;
      return facts;
    }
    facts.never_null = true;
    facts.min = ParseTyped(field_->type, *found->second, ZoneRule::kRequired);
    facts.max = facts.min;
    return facts;
  }

  [[nodiscard]] ColumnFacts FromStats(const StatTexts& stats) const {
    ColumnFacts facts;
    if (const auto count = stats.null_count.find(field_->name); count != stats.null_count.end()) {
      facts.never_null = count->second == 0;
      facts.all_null = stats.num_records && count->second == *stats.num_records;
    }
    if (const auto min = stats.min.find(field_->name); min != stats.min.end()) {
      facts.min = ParseTyped(field_->type, min->second, ZoneRule::kRequired);
    }
    if (const auto max = stats.max.find(field_->name); max != stats.max.end()) {
      facts.max = ParseTyped(field_->type, max->second, ZoneRule::kRequired);
      // Timestamps are cut to milliseconds; the greatest may be anywhere within the last one.
      const bool is_timestamp =
          field_->type.id == TypeId::kTimestamp || field_->type.id == TypeId::kTimestampTz;
      if (facts.max && is_timestamp) std::get<int64_t>(*facts.max) += 999;
    }
    return facts;
  }

  // Is every value of the column surely below `value` (or not above it)?
  [[nodiscard]] static bool SurelyBelow(const ColumnFacts& facts, const TypedText& value,
                                        bool or_equal) {
    if (!facts.max) return false;
    const auto order = Compare(*facts.max, value);
    if (order > 0 || (order == 0 && !or_equal)) return false;
    // A text may have been cut: what starts with the maximum may still be in the file.
    const auto* text = std::get_if<std::string>(&value);
    return facts.is_exact || text == nullptr ||
           !text->starts_with(std::get<std::string>(*facts.max));
  }

  [[nodiscard]] static bool SurelyAbove(const ColumnFacts& facts, const TypedText& value,
                                        bool or_equal) {
    if (!facts.min) return false;
    const auto order = Compare(*facts.min, value);
    return order > 0 || (order == 0 && or_equal);
  }

  [[nodiscard]] bool MayMatchValue(const ColumnFacts& facts, const TypedText& value) const {
    // A NaN is greater than every number, and writers leave it out of the maximum.
    const bool may_hold_nan = std::holds_alternative<double>(value) && !facts.is_exact;
    switch (comparison_.op) {
      case CompareOp::kEqual:
      case CompareOp::kIn:
        return !SurelyBelow(facts, value, false) && !SurelyAbove(facts, value, false);
      case CompareOp::kLess:
        return !SurelyAbove(facts, value, true);
      case CompareOp::kLessEqual:
        return !SurelyAbove(facts, value, false);
      case CompareOp::kGreater:
        return may_hold_nan || !SurelyBelow(facts, value, true);
      case CompareOp::kGreaterEqual:
        return may_hold_nan || !SurelyBelow(facts, value, false);
      case CompareOp::kIsNull:
      case CompareOp::kIsNotNull:
        return true;
    }
    return true;
  }

  const Comparison& comparison_;
  const Field* field_;  // nullptr: the table has no such column
  bool is_partition_;
  bool known_ = true;  // every value was understood
  std::vector<TypedText> values_;
};

}  // namespace

std::vector<size_t> PruneFiles(const Snapshot& snapshot,
                               const std::vector<Comparison>& comparisons) {
  const auto& partitions = snapshot.metadata().partition_columns;
  std::vector<Test> tests;
  bool needs_stats = false;
  for (const Comparison& comparison : comparisons) {
    const int index = snapshot.schema().IndexOf(comparison.column);
    const Field* field =
        index < 0 ? nullptr : &snapshot.schema().fields[static_cast<size_t>(index)];
    const bool is_partition =
        std::find(partitions.begin(), partitions.end(), comparison.column) != partitions.end();
    tests.emplace_back(comparison, field, is_partition);
    needs_stats = needs_stats || (field != nullptr && !is_partition);
  }
  std::vector<size_t> kept;
  StatsReader reader(comparisons);
  const std::vector<AddFile>& files = snapshot.files();
  for (size_t i = 0; i < files.size(); ++i) {
    StatTexts stats;
    if (needs_stats && files[i].stats_json) stats = reader.Read(*files[i].stats_json);
    const bool may_match = std::all_of(tests.begin(), tests.end(), [&](const Test& test) {
      return test.MayMatch(files[i], stats);
    });
    if (may_match) kept.push_back(i);
  }
  return kept;
}

}  // namespace lake
