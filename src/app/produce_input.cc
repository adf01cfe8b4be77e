#include "app/produce_input.h"

#include <cerrno>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "app/record_text.h"
#include "base/limits.h"
#include "base/text.h"

namespace app {
namespace {

using base::limits::kProducePieceBytes;
using base::limits::kProduceRecordBytesMax;

bool ReadableNow() {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  return poll(&input, 1, 0) > 0;
}

// Waits for input; false when the stop came first.
bool WaitForInput(const std::stop_token& stop) {
  // A stop must end the wait at once; a terminal may say nothing for hours.
  constexpr int kLookMs = 200;
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  while (!stop.stop_requested()) {
    const int count = poll(&input, 1, kLookMs);
    if (count > 0 || (count < 0 && errno != EINTR)) return true;
  }
  return false;
}

// The last one may lack its delimiter.
int64_t CountRecords(std::string_view text, std::string_view delimiter) {
  int64_t count = 0;
  while (!text.empty()) {
    const size_t end = text.find(delimiter);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + delimiter.size());
    ++count;
  }
  return count;
}

}  // namespace

int ProduceInput(const CommandContext& context,
                 const std::function<int(const serve::OwnerRequest& request)>& produce) {
  const auto delimiter = Unescaped(context.line.Text("delimiter", "\\n"));
  if (!delimiter.ok()) return context.Fail(delimiter.error());
  if (delimiter->empty()) {
    return context.Fail(base::InvalidArgument("the delimiter of records is empty"));
  }
  serve::OwnerRequest request = context.request;
  std::string pending;
  int64_t num_records = 0;
  bool produced = false;
  const auto send = [&](size_t size) {
    request.standard_input = pending.substr(0, size);
    pending.erase(0, size);
    num_records += CountRecords(request.standard_input, *delimiter);
    produced = true;
    return produce(request);
  };
  while (true) {
    if (!WaitForInput(context.stop)) return kExitInterrupted;
    const size_t before = pending.size();
    pending.resize(before + base::limits::kFileReadBytes);
    const ssize_t count = read(STDIN_FILENO, pending.data() + before, base::limits::kFileReadBytes);
    pending.resize(before + static_cast<size_t>(count > 0 ? count : 0));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return context.Fail(base::FromErrno(errno, "cannot read standard input"));
    if (count == 0) break;
    if (pending.size() < kProducePieceBytes && ReadableNow()) continue;
    const size_t last = pending.rfind(*delimiter);
    if (last != std::string::npos) {
      if (const int code = send(last + delimiter->size()); code != kExitDone) return code;
    }
    if (pending.size() > kProduceRecordBytesMax) {
      return context.Fail(base::InvalidArgument(
          "a record of standard input is longer than " + base::FormatBytes(kProduceRecordBytesMax),
          "Is --delimiter what ends a record?"));
    }
  }
  if (!pending.empty() || !produced) {
    if (const int code = send(pending.size()); code != kExitDone) return code;
  }
  context.Say("produced " + base::FormatCount(num_records) +
              (num_records == 1 ? " record" : " records") + " to " + context.line.Text("TOPIC"));
  return kExitDone;
}

}  // namespace app
