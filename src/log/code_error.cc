#include "log/code_error.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/check.h"

namespace logs {
namespace {

using enum ErrorCode;

// Those not named here are nothing a caller can do something about: kInternal.
constexpr auto kCodes = std::to_array<std::pair<ErrorCode, base::Code>>({
    {kUnknownTopicOrPartition, base::Code::kNotFound},
    {kUnknownTopicId, base::Code::kNotFound},
    {kGroupIdNotFound, base::Code::kNotFound},
    {kTransactionalIdNotFound, base::Code::kNotFound},
    {kResourceNotFound, base::Code::kNotFound},
    {kTopicAlreadyExists, base::Code::kAlreadyExists},
    {kDuplicateResource, base::Code::kAlreadyExists},
    {kInvalidProducerEpoch, base::Code::kConflict},
    {kProducerFenced, base::Code::kConflict},
    {kTransactionCoordinatorFenced, base::Code::kConflict},
    {kConcurrentTransactions, base::Code::kConflict},
    {kNonEmptyGroup, base::Code::kConflict},
    {kGroupSubscribedToTopic, base::Code::kConflict},
    {kUnknownMemberId, base::Code::kConflict},
    {kIllegalGeneration, base::Code::kConflict},
    {kFencedInstanceId, base::Code::kConflict},
    {kFencedMemberEpoch, base::Code::kConflict},
    {kStaleMemberEpoch, base::Code::kConflict},
    {kRebalanceInProgress, base::Code::kConflict},
    {kReassignmentInProgress, base::Code::kConflict},
    {kRequestTimedOut, base::Code::kTimeout},
    {kLeaderNotAvailable, base::Code::kUnavailable},
    {kNotLeaderOrFollower, base::Code::kUnavailable},
    {kBrokerNotAvailable, base::Code::kUnavailable},
    {kReplicaNotAvailable, base::Code::kUnavailable},
    {kNetworkException, base::Code::kUnavailable},
    {kCoordinatorLoadInProgress, base::Code::kUnavailable},
    {kCoordinatorNotAvailable, base::Code::kUnavailable},
    {kNotCoordinator, base::Code::kUnavailable},
    {kNotController, base::Code::kUnavailable},
    {kNotEnoughReplicas, base::Code::kUnavailable},
    {kNotEnoughReplicasAfterAppend, base::Code::kUnavailable},
    {kOffsetNotAvailable, base::Code::kUnavailable},
    {kUnstableOffsetCommit, base::Code::kUnavailable},
    {kThrottlingQuotaExceeded, base::Code::kUnavailable},
    {kOffsetOutOfRange, base::Code::kInvalidArgument},
    {kMessageTooLarge, base::Code::kInvalidArgument},
    {kRecordListTooLarge, base::Code::kInvalidArgument},
    {kOffsetMetadataTooLarge, base::Code::kInvalidArgument},
    {kInvalidTopicException, base::Code::kInvalidArgument},
    {kInvalidGroupId, base::Code::kInvalidArgument},
    {kInvalidTimestamp, base::Code::kInvalidArgument},
    {kInvalidPartitions, base::Code::kInvalidArgument},
    {kInvalidReplicationFactor, base::Code::kInvalidArgument},
    {kInvalidReplicaAssignment, base::Code::kInvalidArgument},
    {kInvalidConfig, base::Code::kInvalidArgument},
    {kInvalidRequest, base::Code::kInvalidArgument},
    {kInvalidRecord, base::Code::kInvalidArgument},
    {kInvalidTransactionTimeout, base::Code::kInvalidArgument},
    {kPolicyViolation, base::Code::kInvalidArgument},
    {kTopicAuthorizationFailed, base::Code::kInvalidArgument},
    {kGroupAuthorizationFailed, base::Code::kInvalidArgument},
    {kClusterAuthorizationFailed, base::Code::kInvalidArgument},
    {kTransactionalIdAuthorizationFailed, base::Code::kInvalidArgument},
    {kSaslAuthenticationFailed, base::Code::kInvalidArgument},
    {kUnsupportedSaslMechanism, base::Code::kUnsupported},
    {kUnsupportedVersion, base::Code::kUnsupported},
    {kUnsupportedForMessageFormat, base::Code::kUnsupported},
    {kUnsupportedCompressionType, base::Code::kUnsupported},
    {kTopicDeletionDisabled, base::Code::kUnsupported},
    {kSecurityDisabled, base::Code::kUnsupported},
    {kCorruptMessage, base::Code::kCorruption},
    {kKafkaStorageError, base::Code::kIo},
    {kLogDirNotFound, base::Code::kIo},
});

}  // namespace

base::Code CodeOf(ErrorCode code) {
  CHECK(code != kNone);
  const auto* const found = std::find_if(kCodes.begin(), kCodes.end(),
                                         [&](const auto& one) { return one.first == code; });
  return found == kCodes.end() ? base::Code::kInternal : found->second;
}

base::Error ErrorOf(ErrorCode code, std::string_view what, std::string_view message) {
  const std::string_view why = message.empty() ? ErrorCodeName(code) : message;
  return {CodeOf(code), std::string(what) + ": " + std::string(why)};
}

}  // namespace logs
