#include "log/group/group_record.h"

#include <utility>

#include "base/bytes.h"

namespace logs {
namespace {

// Numbers of the keys.
enum KeyKind : int16_t {
  kOffsetKeyOld = 0,
  kOffsetKey = 1,
  kClassicGroupKey = 2,
  kConsumerGroupKey = 3,
  kConsumerMemberKey = 5,
  kTargetEpochKey = 6,
  kTargetKey = 7,
  kCurrentKey = 8,
  kRegexKey = 16,
};

// --- writing: strings and arrays of the older and of the flexible versions ----------------------

void PutString(base::ByteWriter& out, std::string_view text) {
  out.BigEndian(static_cast<int16_t>(text.size()));
  out.Raw(text);
}

void PutNullableString(base::ByteWriter& out, const std::optional<std::string>& text) {
  if (!text.has_value()) return out.BigEndian(int16_t{-1});
  PutString(out, *text);
}

void PutBytes(base::ByteWriter& out, std::string_view bytes) {
  out.BigEndian(static_cast<int32_t>(bytes.size()));
  out.Raw(bytes);
}

void PutCompact(base::ByteWriter& out, std::string_view text) {
  out.UnsignedVarint(text.size() + 1);
  out.Raw(text);
}

void PutNullableCompact(base::ByteWriter& out, const std::optional<std::string>& text) {
  if (!text.has_value()) return out.UnsignedVarint(0);
  PutCompact(out, *text);
}

void PutUuid(base::ByteWriter& out, const base::Uuid& id) {
  for (const uint8_t byte : id.bytes()) out.BigEndian(byte);
}

void PutNoTags(base::ByteWriter& out) { out.UnsignedVarint(0); }

void PutNames(base::ByteWriter& out, const std::set<std::string>& names) {
  out.UnsignedVarint(names.size() + 1);
  for (const auto& name : names) PutCompact(out, name);
}

void PutAssignment(base::ByteWriter& out, const Assignment& assignment) {
  out.UnsignedVarint(assignment.size() + 1);
  for (const auto& [topic_id, partitions] : assignment) {
    PutUuid(out, topic_id);
    out.UnsignedVarint(partitions.size() + 1);
    for (const int32_t partition : partitions) out.BigEndian(partition);
    PutNoTags(out);
  }
}

// --- reading -------------------------------------------------------------------------------------

std::string TakeString(base::ByteReader& in) {
  const auto size = in.BigEndian<int16_t>();
  if (size < 0) return in.Fail(), std::string();
  return std::string(in.Raw(static_cast<size_t>(size)));
}

std::optional<std::string> TakeNullableString(base::ByteReader& in) {
  const auto size = in.BigEndian<int16_t>();
  if (size < 0) return std::nullopt;
  return std::string(in.Raw(static_cast<size_t>(size)));
}

std::string TakeBytes(base::ByteReader& in) {
  const auto size = in.BigEndian<int32_t>();
  if (size < 0) return {};
  return std::string(in.Raw(static_cast<size_t>(size)));
}

std::optional<std::string> TakeNullableCompact(base::ByteReader& in) {
  const uint64_t size = in.UnsignedVarint();
  if (size == 0) return std::nullopt;
  return std::string(in.Raw(static_cast<size_t>(size - 1)));
}

std::string TakeCompact(base::ByteReader& in) {
  auto text = TakeNullableCompact(in);
  if (!text.has_value()) return in.Fail(), std::string();
  return *std::move(text);
}

base::Uuid TakeUuid(base::ByteReader& in) {
  base::Uuid::Bytes bytes{};
  for (uint8_t& byte : bytes) byte = in.BigEndian<uint8_t>();
  return base::Uuid(bytes);
}

// Number of elements of a compact array, each of at least `bytes_min`; more than can be there
// fails.
uint64_t TakeCount(base::ByteReader& in, size_t bytes_min) {
  const uint64_t count = in.UnsignedVarint();
  if (count == 0) return 0;
  if (count - 1 > in.remaining() / bytes_min) return in.Fail(), 0;
  return count - 1;
}

// Calls `field(tag, bytes)` for each tagged field.
template <typename Field>
void TakeTags(base::ByteReader& in, Field field) {
  const uint64_t count = in.UnsignedVarint();
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    const uint64_t tag = in.UnsignedVarint();
    const uint64_t size = in.UnsignedVarint();
    field(tag, in.Raw(static_cast<size_t>(size)));
  }
}

void SkipTags(base::ByteReader& in) {
  TakeTags(in, [](uint64_t, std::string_view) {});
}

std::set<std::string> TakeNames(base::ByteReader& in) {
  std::set<std::string> names;
  const uint64_t count = TakeCount(in, 1);
  for (uint64_t i = 0; i < count && !in.failed(); ++i) names.insert(TakeCompact(in));
  return names;
}

Assignment TakeAssignment(base::ByteReader& in) {
  Assignment assignment;
  const uint64_t num_topics = TakeCount(in, 18);
  for (uint64_t i = 0; i < num_topics && !in.failed(); ++i) {
    auto& partitions = assignment[TakeUuid(in)];
    const uint64_t count = TakeCount(in, sizeof(int32_t));
    for (uint64_t k = 0; k < count && !in.failed(); ++k) {
      partitions.insert(in.BigEndian<int32_t>());
    }
    SkipTags(in);
  }
  return assignment;
}

// --- values --------------------------------------------------------------------------------------

// Version 1 is the only one with an expiry, version 4 the first with a topic id.
std::string Encode(const OffsetRecord::Value& value) {
  base::ByteWriter out;
  const bool expires = value.expire_timestamp_ms >= 0;
  const bool has_id = value.topic_id != base::Uuid() && !expires;
  out.BigEndian(static_cast<int16_t>(expires ? 1 : has_id ? 4 : 3));
  out.BigEndian(value.offset.get());
  if (!expires) out.BigEndian(value.leader_epoch);
  if (has_id) {
    PutCompact(out, value.metadata);
  } else {
    PutString(out, value.metadata);
  }
  out.BigEndian(value.commit_timestamp_ms);
  if (expires) out.BigEndian(value.expire_timestamp_ms);
  if (has_id) {
    out.UnsignedVarint(1);
    out.UnsignedVarint(0);
    out.UnsignedVarint(16);
    PutUuid(out, value.topic_id);
  }
  return std::move(out).Take();
}

OffsetRecord::Value DecodeOffset(base::ByteReader& in, int16_t version) {
  OffsetRecord::Value value;
  value.offset = Offset(in.BigEndian<int64_t>());
  if (version >= 3) value.leader_epoch = in.BigEndian<int32_t>();
  value.metadata = version >= 4 ? TakeCompact(in) : TakeString(in);
  value.commit_timestamp_ms = in.BigEndian<int64_t>();
  if (version == 1) value.expire_timestamp_ms = in.BigEndian<int64_t>();
  if (version >= 4) {
    TakeTags(in, [&](uint64_t tag, std::string_view bytes) {
      if (tag != 0) return;
      base::ByteReader field(bytes);
      value.topic_id = TakeUuid(field);
    });
  }
  return value;
}

std::string Encode(const ClassicGroupRecord::Value& value) {
  base::ByteWriter out;
  out.BigEndian(int16_t{3});
  PutString(out, value.protocol_type);
  out.BigEndian(value.generation);
  PutNullableString(out, value.protocol);
  PutNullableString(out, value.leader);
  out.BigEndian(value.state_timestamp_ms);
  out.BigEndian(static_cast<int32_t>(value.members.size()));
  for (const auto& member : value.members) {
    PutString(out, member.member_id);
    PutNullableString(out, member.instance_id);
    PutString(out, member.client.client_id);
    PutString(out, member.client.host);
    out.BigEndian(member.rebalance_timeout_ms);
    out.BigEndian(member.session_timeout_ms);
    PutBytes(out, member.subscription);
    PutBytes(out, member.assignment);
  }
  return std::move(out).Take();
}

ClassicGroupRecord::Value DecodeClassicGroup(base::ByteReader& in, int16_t version) {
  const bool flexible = version >= 4;
  const auto string = [&] { return flexible ? TakeCompact(in) : TakeString(in); };
  const auto nullable = [&] { return flexible ? TakeNullableCompact(in) : TakeNullableString(in); };
  const auto bytes = [&] { return flexible ? TakeCompact(in) : TakeBytes(in); };
  ClassicGroupRecord::Value value;
  value.protocol_type = string();
  value.generation = in.BigEndian<int32_t>();
  value.protocol = nullable();
  value.leader = nullable();
  if (version >= 2) value.state_timestamp_ms = in.BigEndian<int64_t>();
  uint64_t count = 0;
  if (flexible) {
    count = TakeCount(in, 8);
  } else {
    const auto members = in.BigEndian<int32_t>();
    count = members < 0 ? 0 : static_cast<uint64_t>(members);
  }
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    ClassicGroupRecord::Member member;
    member.member_id = string();
    if (version >= 3) member.instance_id = nullable();
    member.client.client_id = string();
    member.client.host = string();
    if (version >= 1) member.rebalance_timeout_ms = in.BigEndian<int32_t>();
    member.session_timeout_ms = in.BigEndian<int32_t>();
    member.subscription = bytes();
    member.assignment = bytes();
    if (flexible) SkipTags(in);
    value.members.push_back(std::move(member));
  }
  if (flexible) SkipTags(in);
  return value;
}

std::string Encode(const ConsumerGroupRecord::Value& value) {
  base::ByteWriter out;
  out.BigEndian(int16_t{0});
  out.BigEndian(value.epoch);
  if (value.metadata_hash == 0) {
    PutNoTags(out);
  } else {
    out.UnsignedVarint(1);
    out.UnsignedVarint(0);
    out.UnsignedVarint(sizeof(int64_t));
    out.BigEndian(value.metadata_hash);
  }
  return std::move(out).Take();
}

ConsumerGroupRecord::Value DecodeConsumerGroup(base::ByteReader& in) {
  ConsumerGroupRecord::Value value;
  value.epoch = in.BigEndian<int32_t>();
  TakeTags(in, [&](uint64_t tag, std::string_view bytes) {
    if (tag != 0) return;
    base::ByteReader field(bytes);
    value.metadata_hash = field.BigEndian<int64_t>();
  });
  return value;
}

std::string Encode(const ConsumerMemberRecord::Value& value) {
  base::ByteWriter out;
  out.BigEndian(int16_t{0});
  PutNullableCompact(out, value.instance_id);
  PutNullableCompact(out, value.rack_id);
  PutCompact(out, value.client_id);
  PutCompact(out, value.client_host);
  PutNames(out, value.subscribed_topics);
  PutNullableCompact(out, value.subscribed_regex);
  out.BigEndian(value.rebalance_timeout_ms);
  PutNullableCompact(out, value.server_assignor);
  PutNoTags(out);
  return std::move(out).Take();
}

ConsumerMemberRecord::Value DecodeConsumerMember(base::ByteReader& in) {
  ConsumerMemberRecord::Value value;
  value.instance_id = TakeNullableCompact(in);
  value.rack_id = TakeNullableCompact(in);
  value.client_id = TakeCompact(in);
  value.client_host = TakeCompact(in);
  value.subscribed_topics = TakeNames(in);
  value.subscribed_regex = TakeNullableCompact(in);
  value.rebalance_timeout_ms = in.BigEndian<int32_t>();
  value.server_assignor = TakeNullableCompact(in);
  SkipTags(in);
  return value;
}

std::string Encode(const int32_t& epoch) {
  base::ByteWriter out;
  out.BigEndian(int16_t{0});
  out.BigEndian(epoch);
  PutNoTags(out);
  return std::move(out).Take();
}

std::string Encode(const Assignment& assignment) {
  base::ByteWriter out;
  out.BigEndian(int16_t{0});
  PutAssignment(out, assignment);
  PutNoTags(out);
  return std::move(out).Take();
}

std::string Encode(const CurrentRecord::Value& value) {
  base::ByteWriter out;
  out.BigEndian(int16_t{0});
  out.BigEndian(value.member_epoch);
  out.BigEndian(value.previous_epoch);
  out.BigEndian(static_cast<int8_t>(value.state));
  PutAssignment(out, value.assigned);
  PutAssignment(out, value.pending_revocation);
  PutNoTags(out);
  return std::move(out).Take();
}

CurrentRecord::Value DecodeCurrent(base::ByteReader& in) {
  CurrentRecord::Value value;
  value.member_epoch = in.BigEndian<int32_t>();
  value.previous_epoch = in.BigEndian<int32_t>();
  const auto state = in.BigEndian<int8_t>();
  if (state < 1 || state > 3) in.Fail();
  value.state = static_cast<MemberState>(state);
  value.assigned = TakeAssignment(in);
  value.pending_revocation = TakeAssignment(in);
  SkipTags(in);
  return value;
}

std::string Encode(const RegexRecord::Value& value) {
  base::ByteWriter out;
  out.BigEndian(int16_t{0});
  PutNames(out, value.topics);
  out.BigEndian(value.version);
  out.BigEndian(value.timestamp_ms);
  PutNoTags(out);
  return std::move(out).Take();
}

RegexRecord::Value DecodeRegex(base::ByteReader& in) {
  RegexRecord::Value value;
  value.topics = TakeNames(in);
  value.version = in.BigEndian<int64_t>();
  value.timestamp_ms = in.BigEndian<int64_t>();
  SkipTags(in);
  return value;
}

struct KeyEncoder {
  base::ByteWriter out;

  void Begin(KeyKind kind, std::string_view group_id) {
    out.BigEndian(static_cast<int16_t>(kind));
    PutString(out, group_id);
  }
  void operator()(const OffsetRecord& record) {
    Begin(kOffsetKey, record.group_id);
    PutString(out, record.partition.topic);
    out.BigEndian(record.partition.partition);
  }
  void operator()(const ClassicGroupRecord& record) { Begin(kClassicGroupKey, record.group_id); }
  void operator()(const ConsumerGroupRecord& record) { Begin(kConsumerGroupKey, record.group_id); }
  void operator()(const ConsumerMemberRecord& record) {
    Begin(kConsumerMemberKey, record.group_id);
    PutString(out, record.member_id);
  }
  void operator()(const TargetEpochRecord& record) { Begin(kTargetEpochKey, record.group_id); }
  void operator()(const TargetRecord& record) {
    Begin(kTargetKey, record.group_id);
    PutString(out, record.member_id);
  }
  void operator()(const CurrentRecord& record) {
    Begin(kCurrentKey, record.group_id);
    PutString(out, record.member_id);
  }
  void operator()(const RegexRecord& record) {
    Begin(kRegexKey, record.group_id);
    PutString(out, record.regex);
  }
};

// The newest version of a value that may stand behind a key of `kind`; -1: a key we do not know.
int16_t ValueVersionMax(int16_t kind) {
  switch (kind) {
    case kOffsetKeyOld:
    case kOffsetKey:
    case kClassicGroupKey:
      return 4;
    case kConsumerGroupKey:
    case kConsumerMemberKey:
    case kTargetEpochKey:
    case kTargetKey:
    case kCurrentKey:
    case kRegexKey:
      return 0;
    default:
      return -1;
  }
}

GroupRecord DecodeKey(int16_t kind, base::ByteReader& in) {
  std::string group_id = TakeString(in);
  switch (kind) {
    case kOffsetKeyOld:
    case kOffsetKey: {
      OffsetRecord record{.group_id = std::move(group_id), .partition = {}};
      record.partition.topic = TakeString(in);
      record.partition.partition = in.BigEndian<int32_t>();
      return record;
    }
    case kConsumerGroupKey:
      return ConsumerGroupRecord{.group_id = std::move(group_id)};
    case kConsumerMemberKey:
      return ConsumerMemberRecord{.group_id = std::move(group_id), .member_id = TakeString(in)};
    case kTargetEpochKey:
      return TargetEpochRecord{.group_id = std::move(group_id)};
    case kTargetKey:
      return TargetRecord{.group_id = std::move(group_id), .member_id = TakeString(in)};
    case kCurrentKey:
      return CurrentRecord{.group_id = std::move(group_id), .member_id = TakeString(in)};
    case kRegexKey:
      return RegexRecord{.group_id = std::move(group_id), .regex = TakeString(in)};
    default:
      return ClassicGroupRecord{.group_id = std::move(group_id)};
  }
}

struct ValueDecoder {
  base::ByteReader& in;
  int16_t version;

  void operator()(OffsetRecord& record) { record.value = DecodeOffset(in, version); }
  void operator()(ClassicGroupRecord& record) { record.value = DecodeClassicGroup(in, version); }
  void operator()(ConsumerGroupRecord& record) { record.value = DecodeConsumerGroup(in); }
  void operator()(ConsumerMemberRecord& record) { record.value = DecodeConsumerMember(in); }
  void operator()(TargetEpochRecord& record) {
    record.value = in.BigEndian<int32_t>();
    SkipTags(in);
  }
  void operator()(TargetRecord& record) {
    record.value = TakeAssignment(in);
    SkipTags(in);
  }
  void operator()(CurrentRecord& record) { record.value = DecodeCurrent(in); }
  void operator()(RegexRecord& record) { record.value = DecodeRegex(in); }
};

}  // namespace

std::string EncodeGroupKey(const GroupRecord& record) {
  KeyEncoder encoder;
  std::visit(encoder, record);
  return std::move(encoder.out).Take();
}

std::optional<std::string> EncodeGroupValue(const GroupRecord& record) {
  return std::visit(
      [](const auto& kind) -> std::optional<std::string> {
        if (!kind.value.has_value()) return std::nullopt;
        return Encode(*kind.value);
      },
      record);
}

base::Result<std::optional<GroupRecord>> DecodeGroupRecord(std::string_view key,
                                                           std::optional<std::string_view> value) {
  base::ByteReader key_in(key);
  const auto kind = key_in.BigEndian<int16_t>();
  if (key_in.failed()) return base::Corruption("record of __consumer_offsets without a kind");
  const int16_t version_max = ValueVersionMax(kind);
  if (version_max < 0) return std::optional<GroupRecord>();
  GroupRecord record = DecodeKey(kind, key_in);
  if (key_in.failed()) {
    return base::Corruption("key of kind " + std::to_string(kind) +
                            " in __consumer_offsets is cut");
  }
  if (!value.has_value()) return std::optional(std::move(record));
  base::ByteReader in(*value);
  const auto version = in.BigEndian<int16_t>();
  if (!in.failed() && (version < 0 || version > version_max)) {
    return base::Unsupported("record of kind " + std::to_string(kind) +
                             " in __consumer_offsets has version " + std::to_string(version));
  }
  std::visit(ValueDecoder{in, version}, record);
  if (in.failed()) {
    return base::Corruption("value of kind " + std::to_string(kind) +
                            " in __consumer_offsets is cut");
  }
  return std::optional(std::move(record));
}

std::optional<std::set<std::string>> SubscribedTopics(std::string_view subscription) {
  base::ByteReader in(subscription);
  const auto version = in.BigEndian<int16_t>();
  const auto count = in.BigEndian<int32_t>();
  if (in.failed() || version < 0 || count < 0) return std::nullopt;
  std::set<std::string> topics;
  for (int32_t i = 0; i < count && !in.failed(); ++i) topics.insert(TakeString(in));
  if (in.failed()) return std::nullopt;
  return topics;
}

}  // namespace logs
