// Handle: one instance of librdkafka with its configuration, and what it complains about. Owner;
// THREAD: any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kafka/client/library.h"

namespace kafka::client {

using Settings = std::map<std::string, std::string>;  // librdkafka's CONFIGURATION.md

// An object of librdkafka with the function that destroys it.
template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;
template <typename T>
Owned<T> Own(T* object, void (*destroy)(T*)) {
  return Owned<T>(object, destroy);
}

class Handle {
 public:
  // Told what became of each message of a producer, from within its calls.
  using Delivered = std::function<void(const rd_kafka_message_t& message)>;

  // Connects to nobody yet. ERRORS: kInvalidArgument: a setting.
  static base::Result<std::shared_ptr<Handle>> Open(const Library& library, rd_kafka_type_t type,
                                                    const Settings& settings,
                                                    Delivered delivered = {});
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  [[nodiscard]] rd_kafka_t* get() const { return rk_; }
  [[nodiscard]] const Library& library() const { return library_; }

  // "<what>: <why>"; a timeout says what the brokers' trouble is, as far as it is known.
  base::Error ErrorOf(rd_kafka_resp_err_t code, std::string_view what, const char* why = nullptr);

  // The trouble that no waiting mends: a refused login, a certificate.
  [[nodiscard]] bool hopeless();

 private:
  Handle(const Library& library, Delivered delivered)
      : library_(library), delivered_(std::move(delivered)) {}
  void Complain(rd_kafka_resp_err_t code, const char* reason);
  void TakeComplaints() { library_.poll(rk_, 0); }

  const Library& library_;
  const Delivered delivered_;
  rd_kafka_t* rk_ = nullptr;
  std::mutex mutex_;
  std::string trouble_;   // guarded by mutex_: the last complaint
  bool refused_ = false;  // guarded by mutex_: it was about who we are
};

// A queue of librdkafka. A wait on it ends when the stop fires. Owner; THREAD: one at a time.
class Queue {
 public:
  explicit Queue(std::shared_ptr<Handle> handle)
      : handle_(std::move(handle)),
        queue_(
            Own(handle_->library().queue_new(handle_->get()), handle_->library().queue_destroy)) {}
  [[nodiscard]] rd_kafka_queue_t* get() const { return queue_.get(); }

  // While it lives, the stop wakes whoever waits on the queue.
  class Wakeup {
   public:
    Wakeup(const Queue& queue, std::stop_token stop) : wake_(std::move(stop), Wake{&queue}) {}

   private:
    struct Wake {
      const Queue* queue;
      void operator()() const { queue->handle_->library().queue_yield(queue->get()); }
    };
    std::stop_callback<Wake> wake_;
  };

 private:
  const std::shared_ptr<Handle> handle_;
  const Owned<rd_kafka_queue_t> queue_;
};

// Gives `partition` the metadata of a committed offset.
void SetMetadata(rd_kafka_topic_partition_t& partition, const std::string& metadata);

// What a code of librdkafka means to a caller. The protocol's are positive, its own negative.
// REQUIRES: not RD_KAFKA_RESP_ERR_NO_ERROR.
[[nodiscard]] base::Code CodeOf(rd_kafka_resp_err_t code);

}  // namespace kafka::client
