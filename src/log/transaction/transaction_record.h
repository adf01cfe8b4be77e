// The records of __transaction_state as bytes: Kafka's TransactionLogKey and TransactionLogValue
// (docs/format/transaction_state.md). Pure; nothing here trusts a length. THREAD: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "log/transaction/transaction_metadata.h"

namespace logs {

[[nodiscard]] std::string EncodeTransactionKey(std::string_view transactional_id);
// nullopt: a key of another kind, to be left alone. ERRORS: kCorruption.
base::Result<std::optional<std::string>> DecodeTransactionKey(std::string_view bytes);

// Version 1, as Kafka writes it at transaction.version 2. `last_epoch` is not kept.
[[nodiscard]] std::string EncodeTransactionValue(const TransactionMetadata& metadata);
// Versions 0 and 1. ERRORS: kCorruption; kUnsupported: a later version.
base::Result<TransactionMetadata> DecodeTransactionValue(std::string_view bytes);

}  // namespace logs
