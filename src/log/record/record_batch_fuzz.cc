// Fuzz target: arbitrary bytes as record batches and as compressed records. The checksum is made to
// hold on a second look, so that the records behind it are read too.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "log/record/record_batch.h"

namespace {

constexpr size_t kBytesMax = size_t{1} << 20;

void ReadAll(const logs::BatchView& batch) {
  static_cast<void>(logs::CheckClientBatch(batch));
  static_cast<void>(logs::CheckRecords(batch, logs::KeysNeeded::kNo));
  static_cast<void>(logs::ReadEndMarker(batch).ok());
  auto opened = logs::RecordReader::Open(batch, kBytesMax);
  if (!opened.ok()) return;
  logs::RecordReader reader = std::move(opened).value();
  int32_t count = 0;
  int32_t last_delta = -1;
  bool ordered = true;
  logs::BatchBuilder copy({.base_offset = batch.base_offset()});
  while (const auto record = reader.Next()) {
    ++count;
    ordered = ordered && record->offset_delta > last_delta;
    last_delta = record->offset_delta;
    CHECK(static_cast<int32_t>(record->Headers().size()) == record->num_headers);
    static_cast<void>(logs::ParseEndMarker(*record));
    if (ordered) copy.AppendCopy(*record);
  }
  CHECK(count <= batch.num_records());
  const std::string copied = std::move(copy).Finish().value();
  CHECK(logs::CheckBatch(copied).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  logs::BatchWalk walk(bytes);
  while (const auto batch = walk.Next()) {
    std::string mutated(batch->bytes());
    logs::UpdateCrc(mutated);
    if (logs::CheckBatch(mutated).ok()) ReadAll(logs::BatchView(mutated));
  }
  CHECK(walk.position() <= bytes.size());
  for (int codec = 0; codec < logs::kNumCompressions; ++codec) {
    const auto out = logs::Decompress(static_cast<logs::Compression>(codec), bytes, kBytesMax);
    CHECK(!out.ok() || out.value().size() <= kBytesMax);
  }
  return 0;
}
