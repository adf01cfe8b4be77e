// Any bytes as a key and a value of the transaction log: no crash, and what decodes decodes to the
// same again once encoded. THREAD: one.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "log/transaction/transaction_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto key = logs::DecodeTransactionKey(bytes);
  if (key.ok() && key->has_value()) CHECK(logs::EncodeTransactionKey(**key) == bytes);
  if (const auto value = logs::DecodeTransactionValue(bytes); value.ok()) {
    auto expected = *value;
    // No partitions are written in this state.
    if (expected.state == logs::TransactionState::kEmpty) expected.partitions.clear();
    const auto again = logs::DecodeTransactionValue(logs::EncodeTransactionValue(expected));
    CHECK(again.ok() && *again == expected);
  }
  return 0;
}
