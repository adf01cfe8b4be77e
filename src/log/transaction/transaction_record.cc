#include "log/transaction/transaction_record.h"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace logs {
namespace {

constexpr int16_t kKeyVersion = 0;
constexpr int16_t kValueVersionFlexible = 1;

// Tagged fields of the value.
constexpr uint64_t kTagPreviousId = 0;
constexpr uint64_t kTagNextId = 1;
constexpr uint64_t kTagVersion = 2;

void PutCompactLength(base::ByteWriter& out, size_t size) { out.UnsignedVarint(size + 1); }

void PutEmptyTags(base::ByteWriter& out) { out.UnsignedVarint(0); }

template <typename T>
void PutTag(base::ByteWriter& out, uint64_t tag, T value) {
  out.UnsignedVarint(tag);
  out.UnsignedVarint(sizeof(T));
  out.BigEndian(value);
}

// Calls `take(tag, content)` for each tagged field.
template <typename Take>
void TakeTags(base::ByteReader& in, Take take) {
  const uint64_t count = in.UnsignedVarint();
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    const uint64_t tag = in.UnsignedVarint();
    const uint64_t size = in.UnsignedVarint();
    base::ByteReader content(in.Raw(size));
    if (in.failed()) return;
    take(tag, content);
    if (content.failed()) in.Fail();
  }
}

// A count of the format's two kinds; nullopt: null.
std::optional<uint64_t> TakeCount(base::ByteReader& in, bool flexible) {
  if (flexible) {
    const uint64_t count = in.UnsignedVarint();
    if (count == 0) return std::nullopt;
    return count - 1;
  }
  const auto count = in.BigEndian<int32_t>();
  if (count < 0) return std::nullopt;
  return static_cast<uint64_t>(count);
}

std::string_view TakeString(base::ByteReader& in, bool flexible) {
  if (flexible) {
    const uint64_t size = in.UnsignedVarint();
    if (size == 0) return in.Fail(), std::string_view();
    return in.Raw(size - 1);
  }
  const auto size = in.BigEndian<int16_t>();
  if (size < 0) return in.Fail(), std::string_view();
  return in.Raw(static_cast<size_t>(size));
}

void TakePartitions(base::ByteReader& in, bool flexible, std::set<TopicPartition>& partitions) {
  const auto topics = TakeCount(in, flexible);
  for (uint64_t i = 0; i < topics.value_or(0) && !in.failed(); ++i) {
    const std::string topic(TakeString(in, flexible));
    const uint64_t count = TakeCount(in, flexible).value_or(0);
    for (uint64_t j = 0; j < count && !in.failed(); ++j) {
      partitions.insert({.topic = topic, .partition = in.BigEndian<int32_t>()});
    }
    if (flexible) TakeTags(in, [](uint64_t, base::ByteReader&) {});
  }
}

}  // namespace

std::string EncodeTransactionKey(std::string_view transactional_id) {
  base::ByteWriter out;
  out.BigEndian(kKeyVersion);
  out.BigEndian(static_cast<int16_t>(transactional_id.size()));
  out.Raw(transactional_id);
  return std::move(out).Take();
}

base::Result<std::optional<std::string>> DecodeTransactionKey(std::string_view bytes) {
  base::ByteReader in(bytes);
  const auto version = in.BigEndian<int16_t>();
  if (!in.failed() && version != kKeyVersion) return std::optional<std::string>();
  const std::string_view id = TakeString(in, false);
  if (in.failed() || in.remaining() != 0) {
    return base::Corruption("a key of the transaction log is malformed");
  }
  return std::optional<std::string>(id);
}

std::string EncodeTransactionValue(const TransactionMetadata& metadata) {
  base::ByteWriter out;
  out.BigEndian(kValueVersionFlexible);
  out.BigEndian(metadata.producer.id.get());
  out.BigEndian(metadata.producer.epoch);
  out.BigEndian(metadata.timeout_ms);
  out.BigEndian(static_cast<int8_t>(metadata.state));
  if (metadata.state == TransactionState::kEmpty) {
    out.UnsignedVarint(0);  // null
  } else {
    std::map<std::string_view, std::vector<int32_t>> topics;
    for (const auto& [topic, partition] : metadata.partitions) topics[topic].push_back(partition);
    PutCompactLength(out, topics.size());
    for (const auto& [topic, partitions] : topics) {
      PutCompactLength(out, topic.size());
      out.Raw(topic);
      PutCompactLength(out, partitions.size());
      for (const int32_t partition : partitions) out.BigEndian(partition);
      PutEmptyTags(out);
    }
  }
  out.BigEndian(metadata.update_ms);
  out.BigEndian(metadata.start_ms);
  const bool has_previous = metadata.previous_id != kNoProducerId;
  const bool has_next = metadata.next_id != kNoProducerId;
  const bool has_version = metadata.version != TransactionVersion::kV0;
  out.UnsignedVarint(static_cast<uint64_t>(has_previous) + static_cast<uint64_t>(has_next) +
                     static_cast<uint64_t>(has_version));
  if (has_previous) PutTag(out, kTagPreviousId, metadata.previous_id.get());
  if (has_next) PutTag(out, kTagNextId, metadata.next_id.get());
  if (has_version) PutTag(out, kTagVersion, static_cast<int16_t>(metadata.version));
  return std::move(out).Take();
}

base::Result<TransactionMetadata> DecodeTransactionValue(std::string_view bytes) {
  base::ByteReader in(bytes);
  const auto version = in.BigEndian<int16_t>();
  if (!in.failed() && (version < 0 || version > kValueVersionFlexible)) {
    return base::Unsupported("the transaction log has a value of version " +
                             std::to_string(version));
  }
  const bool flexible = version == kValueVersionFlexible;
  TransactionMetadata metadata;
  metadata.producer.id = ProducerId(in.BigEndian<int64_t>());
  metadata.producer.epoch = in.BigEndian<int16_t>();
  metadata.timeout_ms = in.BigEndian<int32_t>();
  const auto state = in.BigEndian<int8_t>();
  TakePartitions(in, flexible, metadata.partitions);
  metadata.update_ms = in.BigEndian<int64_t>();
  metadata.start_ms = in.BigEndian<int64_t>();
  if (flexible) {
    TakeTags(in, [&](uint64_t tag, base::ByteReader& content) {
      if (tag == kTagPreviousId) {
        metadata.previous_id = ProducerId(content.BigEndian<int64_t>());
      } else if (tag == kTagNextId) {
        metadata.next_id = ProducerId(content.BigEndian<int64_t>());
      } else if (tag == kTagVersion) {
        metadata.version =
            content.BigEndian<int16_t>() >= 2 ? TransactionVersion::kV2 : TransactionVersion::kV0;
      }
    });
  }
  // Only the states that are ever written, with an epoch that can be ended.
  const bool known = state >= static_cast<int8_t>(TransactionState::kEmpty) &&
                     state <= static_cast<int8_t>(TransactionState::kCompleteAbort);
  if (in.failed() || in.remaining() != 0 || !known || metadata.producer.id.get() < 0 ||
      metadata.producer.epoch < 0 || metadata.next_id.get() < -1) {
    return base::Corruption("a value of the transaction log is malformed");
  }
  metadata.state = static_cast<TransactionState>(state);
  if (metadata.state == TransactionState::kOngoing && metadata.producer.epoch == kEpochFenceOnly) {
    return base::Corruption("a value of the transaction log has an epoch that nobody may have");
  }
  return metadata;
}

}  // namespace logs
