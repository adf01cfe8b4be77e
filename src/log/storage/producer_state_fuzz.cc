// Fuzz target: arbitrary bytes as producer snapshots and transaction indexes; what is read is
// written back the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "log/storage/producer_state.h"
#include "log/storage/transaction_index.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size >= 6) {
    base::StoreBigEndian(bytes.data() + 2, base::Crc32c(std::string_view(bytes).substr(6)));
  }
  const auto state = logs::ProducerState::FromSnapshot(bytes);
  if (state.ok()) {
    const std::string again = state.value().Snapshot();
    CHECK(logs::ProducerState::FromSnapshot(again).ok());
    static_cast<void>(state.value().Describe());
  }
  const auto index = logs::TransactionIndex::Decode(bytes);
  if (index.ok()) {
    std::string again;
    for (const auto& entry : index.value().entries()) again += logs::EncodeAbortedEntry(entry);
    CHECK(std::string_view(bytes).starts_with(again));
  }
  return 0;
}
