// Fuzz target: arbitrary text as CSV: a header, then records; a guessed schema serves to read them.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "codec/csv.h"
#include "columnar/owned_batch.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::optional<std::string_view> header;
  std::vector<std::string> records;
  while (!text.empty() && records.size() < columnar::kBatchRows) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : text.size());
    if (header.has_value()) {
      records.emplace_back(line);
    } else {
      header = line;
    }
  }
  const auto schema = codec::GuessCsvSchema(records, {}, header, "R");
  if (!schema.ok()) return 0;
  const auto columns = schema->ToColumns();
  if (!columns.ok()) return 0;
  auto decoder = codec::CsvDecoder::Create(*schema, {}, header);
  CHECK(decoder.ok());
  const auto batch = columnar::OwnedBatch::Create(*columns).value();
  size_t good = 0;
  for (const std::string& record : records) {
    const auto reject = (*decoder)->Decode(record, batch->writer());
    CHECK(!reject.has_value() || !reject->reason.empty());
    if (!reject.has_value()) ++good;
  }
  CHECK(batch->FinishAsText().size() == good);
  return 0;
}
