// JsonDecoder: JSON records, one a line, checked against a schema and stored into columns.
// What does not fit is told, never bent: no rounding, no first-of-two duplicate keys, no repair.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/avro_schema.h"
#include "columnar/column_writer.h"

namespace codec {

// Why a record was refused. `kind` is one of the fixed words that reports count by.
struct Reject {
  enum class Kind : uint8_t {
    kMalformed,  // not JSON
    kInvalidUtf8,
    kDuplicateKey,
    kNotAnObject,
    kMissing,  // a required field is absent
    kNull,     // a required field is null
    kWrongType,
    kOutOfRange,  // a number that fits only by rounding or not at all
    kTooLong,
    kTooDeep,
  };
  Kind kind;
  std::string field;   // "details.Brand", "" for the record as a whole
  std::string reason;  // "price: expected a number, found the string \"from 14.99\""
};
[[nodiscard]] std::string_view KindName(Reject::Kind kind);  // "wrong type", ...

// Records of one text format into rows. Owner of reusable parse buffers; THREAD: one at a time.
class RecordDecoder {
 public:
  virtual ~RecordDecoder() = default;
  // Appends one row to `batch`, or nothing and says why.
  virtual std::optional<Reject> Decode(std::string_view record, columnar::BatchWriter& batch) = 0;
};

// JSON objects. Decoders of one schema share it.
class JsonDecoder : public RecordDecoder {
 public:
  // `schema` must have a record at its root; columns are schema.ToColumns().
  static base::Result<std::unique_ptr<JsonDecoder>> Create(const AvroSchema& schema);
};

}  // namespace codec
