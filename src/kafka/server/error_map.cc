#include "kafka/server/error_map.h"

namespace kafka::server {

logs::ErrorCode ErrorOf(const base::Error& error) {
  switch (error.code()) {
    case base::Code::kNotFound:
      return logs::ErrorCode::kUnknownTopicOrPartition;
    case base::Code::kAlreadyExists:
      return logs::ErrorCode::kTopicAlreadyExists;
    case base::Code::kConflict:
      return logs::ErrorCode::kConcurrentTransactions;
    case base::Code::kCorruption:
    case base::Code::kIo:
      return logs::ErrorCode::kKafkaStorageError;
    case base::Code::kTimeout:
      return logs::ErrorCode::kRequestTimedOut;
    case base::Code::kUnavailable:
    case base::Code::kCancelled:
      return logs::ErrorCode::kCoordinatorNotAvailable;
    case base::Code::kInvalidArgument:
      return logs::ErrorCode::kInvalidRequest;
    case base::Code::kUnsupported:
      return logs::ErrorCode::kUnsupportedVersion;
    case base::Code::kInternal:
      return logs::ErrorCode::kUnknownServerError;
  }
  return logs::ErrorCode::kUnknownServerError;
}

}  // namespace kafka::server
