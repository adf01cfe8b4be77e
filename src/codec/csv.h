// CsvDecoder: CSV records (RFC 4180) checked against a schema. A cell is read as the JSON value it
// would be under its column's type, so both formats have one set of rules (docs/files.md).
// Owner; THREAD: one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/avro_schema.h"
#include "codec/json.h"

namespace codec {

struct CsvOptions {
  char delimiter = ',';
  std::string null_text;  // an unquoted cell of this text is null, beside the empty one
};

struct CsvCell {
  std::string text;
  bool quoted = false;
};

// The cells of one record; nullopt and `fault` when its quotes are wrong.
std::optional<std::vector<CsvCell>> SplitCsv(std::string_view record, char delimiter,
                                             std::string& fault);

class CsvDecoder : public RecordDecoder {
 public:
  // `header` is the first record of the file; without one the columns are the schema's, in order.
  // Columns unknown to the schema are skipped. ERRORS: kInvalidArgument: a header that is no
  // record, names a column twice, or lacks a required one; kUnsupported: nested columns.
  static base::Result<std::unique_ptr<CsvDecoder>> Create(const AvroSchema& schema,
                                                          const CsvOptions& options,
                                                          std::optional<std::string_view> header);
};

// A schema from sample records: long, double, boolean, date or string by what fits every cell that
// is not null; all nullable. Without a header the columns are column_1, column_2, ...
base::Result<AvroSchema> GuessCsvSchema(const std::vector<std::string>& records,
                                        const CsvOptions& options,
                                        std::optional<std::string_view> header,
                                        std::string_view record_name);

}  // namespace codec
