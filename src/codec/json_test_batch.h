// A batch for the tests of decoders: decodes records under a schema and shows the rows as text.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "columnar/owned_batch.h"

namespace codec {

class TestBatch {
 public:
  explicit TestBatch(const AvroSchema& schema)
      : TestBatch(schema, JsonDecoder::Create(schema).value()) {}
  TestBatch(const AvroSchema& schema, std::unique_ptr<RecordDecoder> decoder)
      : decoder_(std::move(decoder)),
        batch_(columnar::OwnedBatch::Create(schema.ToColumns().value()).value()) {}

  std::optional<Reject> Decode(std::string_view record) {
    return decoder_->Decode(record, batch_->writer());
  }
  // The rows so far, cells joined by '|'; the batch is done afterwards.
  std::vector<std::string> Rows() { return batch_->FinishAsText(); }

 private:
  std::unique_ptr<RecordDecoder> decoder_;
  std::unique_ptr<columnar::OwnedBatch> batch_;
};

}  // namespace codec
