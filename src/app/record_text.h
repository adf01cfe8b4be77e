// Records as text: how `topic produce` reads them and `topic consume` prints them. Pure; THREAD:
// any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/record/record_batch.h"
#include "log/topic_partition.h"

namespace app {

// "\n", "\t", "\r", "\0", "\\", "\xNN" become the bytes they mean.
// ERRORS: kInvalidArgument: another backslash.
base::Result<std::string> Unescaped(std::string_view text);

// A record with where it stood, for printing.
struct PrintedRecord {
  const logs::TopicPartition& partition;
  const logs::RecordView& record;
  int64_t number = 1;  // 1, 2, ... of those printed
};

// rpk's format letters: %t topic, %p partition, %o offset, %d timestamp (milliseconds, or
// %d{strftime[FORMAT]} in UTC), %k key, %v value (%k{hex}, %k{base64}), %T %K %V their lengths, %H
// the number of headers, %h{...} each header with %k and %v inside, %i the record's number, %%.
class RecordFormat {
 public:
  // `null_text` stands for a key or value that is null. ERRORS: kInvalidArgument, with the place.
  static base::Result<RecordFormat> Parse(std::string_view text, std::string null_text = "");

  void Append(const PrintedRecord& printed, std::string& text) const;

 private:
  enum class Encoding : uint8_t { kRaw, kHex, kBase64 };
  struct Part {
    char letter = 0;  // 0: `text` as it stands
    std::string text = {};
    Encoding encoding = Encoding::kRaw;
    std::vector<Part> inner = {};  // of %h
  };
  static base::Result<std::vector<Part>> ParseParts(std::string_view text, bool in_header);
  static base::Result<void> ParseBraces(std::string_view braces, Part& part);
  void AppendBytes(const std::optional<std::string_view>& bytes, Encoding encoding,
                   std::string& text) const;
  void AppendHeaders(const Part& part, const logs::RecordView& record, std::string& text) const;

  std::vector<Part> parts_;
  std::string null_text_;
};

// A record as one JSON object; bytes that are no UTF-8 become U+FFFD.
std::string RecordJson(const PrintedRecord& printed);
// The headers as a JSON array of {"key": ..., "value": ...}; "" for none.
std::string HeadersJson(const logs::RecordView& record);

// How the text of `topic produce` is cut into records.
struct InputShape {
  std::string record_delimiter = "\n";
  std::string key_delimiter = {};              // "": the whole text is the value
  std::optional<std::string> key = {};         // of records that bring none
  std::vector<logs::HeaderView> headers = {};  // of every record; what they point to is elsewhere
  bool empty_is_null = false;
};

// What stands between delimiters; the last may lack its own. The records point into `text` and
// `shape`. REQUIRES: a record delimiter.
std::vector<logs::Record> ParseRecords(std::string_view text, const InputShape& shape);

}  // namespace app
