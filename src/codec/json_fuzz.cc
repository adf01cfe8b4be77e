// Fuzz target: arbitrary lines under a schema that has every type; a batch is whole whatever comes.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/infer.h"
#include "codec/json.h"
#include "columnar/owned_batch.h"

namespace {

constexpr std::string_view kSchema = R"({"type": "record", "name": "R", "fields": [
  {"name": "b", "type": ["null", "boolean"]},
  {"name": "i", "type": ["null", "int"]},
  {"name": "l", "type": "long", "default": 7},
  {"name": "f", "type": ["null", "float"]},
  {"name": "d", "type": ["null", "double"]},
  {"name": "s", "type": ["null", "string"], "aliases": ["t"]},
  {"name": "y", "type": ["null", "bytes"]},
  {"name": "n", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 3}]},
  {"name": "u", "type": ["null", {"type": "string", "logicalType": "uuid"}]},
  {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}]},
  {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
  {"name": "m", "type": ["null", {"type": "map", "values": ["null", "long"]}]},
  {"name": "p", "type": ["null", "string"], "json": {"path": ["m", "P"], "ignore_case": true}},
  {"name": "a", "type": ["null", {"type": "array", "items": ["null", {"type": "record", "name": "I",
      "fields": [{"name": "x", "type": "string"}, {"name": "z", "type": ["null", "int"]}]}]}]}
]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const codec::AvroSchema schema = codec::AvroSchema::Parse(kSchema).value();
  static const columnar::Schema columns = schema.ToColumns().value();
  static const std::unique_ptr<codec::JsonDecoder> decoder =
      codec::JsonDecoder::Create(schema).value();
  const auto batch = columnar::OwnedBatch::Create(columns).value();
  codec::SchemaGuess guess;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t good = 0;
  while (!text.empty() && !batch->writer().full()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto reject = decoder->Decode(line, batch->writer());
    if (reject.has_value()) {
      CHECK(!reject->reason.empty());
    } else {
      ++good;
    }
    guess.Add(line);
  }
  CHECK(batch->FinishAsText().size() == good);
  static_cast<void>(guess.Finish("R").ok());
  return 0;
}
