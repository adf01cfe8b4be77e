// ProcessOutput: the sink of this process's own standard output and error. A reader that leaves
// early (`| head`) ends the command quietly; any other failure is kept for a message.
// Owner; THREAD: any.
#pragma once

#include <mutex>
#include <stop_token>
#include <string_view>

#include "serve/owner.h"

namespace app {

class ProcessOutput final : public serve::OutputSink {
 public:
  // `stop` is asked to stop when standard output takes no more.
  explicit ProcessOutput(std::stop_source stop) : stop_(std::move(stop)) {}
  void Out(std::string_view text) override;
  void Err(std::string_view text) override;

  // 0, or the errno that ended standard output; EPIPE when its reader left.
  [[nodiscard]] int out_error() const;

 private:
  std::stop_source stop_;
  mutable std::mutex mutex_;  // a piece of text is written whole before the next one begins
  int out_error_ = 0;
  bool err_broken_ = false;
};

}  // namespace app
