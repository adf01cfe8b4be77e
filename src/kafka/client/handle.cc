#include "kafka/client/handle.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "log/code_error.h"

namespace kafka::client {
namespace {

// librdkafka writes its messages here; its own default is 512.
constexpr size_t kMessageBytes = 512;

// Trouble that is about this client and not about the network.
bool IsRefusal(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL ||
         code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM;
}

}  // namespace

base::Code CodeOf(rd_kafka_resp_err_t code) {
  if (code > 0) return logs::CodeOf(static_cast<logs::ErrorCode>(code));
  if (IsRefusal(code)) return base::Code::kInvalidArgument;
  switch (static_cast<int>(code)) {
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_GROUP:
      return base::Code::kNotFound;
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR__CONFLICT:
      return base::Code::kConflict;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
      return base::Code::kTimeout;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__RETRY:
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return base::Code::kUnavailable;
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
      return base::Code::kCancelled;
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      return base::Code::kInvalidArgument;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
      return base::Code::kCorruption;
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
      return base::Code::kUnsupported;
    default:  // of an open set, which grows with librdkafka
      return base::Code::kInternal;
  }
}

void SetMetadata(rd_kafka_topic_partition_t& partition, const std::string& metadata) {
  if (metadata.empty()) return;
  // librdkafka frees it with the list.
  partition.metadata = std::malloc(metadata.size());
  CHECK(partition.metadata != nullptr);
  std::memcpy(partition.metadata, metadata.data(), metadata.size());
  partition.metadata_size = metadata.size();
}

base::Result<std::shared_ptr<Handle>> Handle::Open(const Library& library, rd_kafka_type_t type,
                                                   const Settings& settings, Delivered delivered) {
  // Not make_shared: the constructor is ours alone.
  std::shared_ptr<Handle> handle(new Handle(library, std::move(delivered)));
  auto conf = Own(library.conf_new(), library.conf_destroy);
  std::array<char, kMessageBytes> why{};
  for (const auto& [name, value] : settings) {
    if (library.conf_set(conf.get(), name.c_str(), value.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK) {
      return base::InvalidArgument("librdkafka refuses a setting: " + std::string(why.data()));
    }
  }
  library.conf_set_opaque(conf.get(), handle.get());
  library.conf_set_error_cb(conf.get(), [](rd_kafka_t*, int code, const char* reason, void* self) {
    static_cast<Handle*>(self)->Complain(static_cast<rd_kafka_resp_err_t>(code), reason);
  });
  library.conf_set_log_cb(conf.get(),
                          [](const rd_kafka_t*, int, const char* facility, const char* text) {
                            LOG_DEBUG("librdkafka", {{"facility", facility}, {"text", text}});
                          });
  if (handle->delivered_) {
    library.conf_set_dr_msg_cb(conf.get(),
                               [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
                                 static_cast<Handle*>(self)->delivered_(*message);
                               });
  }
  handle->rk_ = library.create(type, conf.get(), why.data(), why.size());
  if (handle->rk_ == nullptr) {
    return base::InvalidArgument("librdkafka cannot start: " + std::string(why.data()));
  }
  (void)conf.release();  // the instance has taken it
  return handle;
}

Handle::~Handle() {
  if (rk_ != nullptr) library_.destroy_flags(rk_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void Handle::Complain(rd_kafka_resp_err_t code, const char* reason) {
  const std::lock_guard lock(mutex_);
  // That all brokers are down is said after why each of them is.
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !trouble_.empty()) return;
  if (refused_ && !IsRefusal(code)) return;
  refused_ = IsRefusal(code);
  trouble_ = reason;
}

bool Handle::hopeless() {
  TakeComplaints();
  const std::lock_guard lock(mutex_);
  return refused_;
}

base::Error Handle::ErrorOf(rd_kafka_resp_err_t code, std::string_view what, const char* why) {
  TakeComplaints();
  std::array<char, kMessageBytes> fatal{};
  if (code == RD_KAFKA_RESP_ERR__FATAL) {  // says only that an earlier error was the last one
    code = library_.fatal_error(rk_, fatal.data(), fatal.size());
    why = fatal.data();
  }
  std::string text(what);
  text += ": ";
  text += why != nullptr && *why != '\0' ? why : library_.err2str(code);
  const base::Code meaning = CodeOf(code);
  const std::lock_guard lock(mutex_);
  if (trouble_.empty() ||
      (meaning != base::Code::kTimeout && meaning != base::Code::kUnavailable)) {
    return {meaning, std::move(text)};
  }
  text += " (" + trouble_ + ")";
  return {refused_ ? base::Code::kInvalidArgument : meaning, std::move(text)};
}

}  // namespace kafka::client
