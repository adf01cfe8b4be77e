#include "base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace base {

struct Error::State {
  Code code;
  std::string message;
  std::string hint;
};

void Error::Delete::operator()(State* state) const { delete state; }

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "tributary: internal check failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kNotFound:
      return "not found";
    case Code::kAlreadyExists:
      return "already exists";
    case Code::kConflict:
      return "conflict";
    case Code::kCorruption:
      return "corruption";
    case Code::kIo:
      return "io";
    case Code::kTimeout:
      return "timeout";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kCancelled:
      return "cancelled";
    case Code::kInvalidArgument:
      return "invalid argument";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kInternal:
      return "internal";
  }
  return "unknown";
}

Error::Error(Code code, std::string message, std::string hint)
    : state_(new State{code, std::move(message), std::move(hint)}) {}

Error::Error(const Error& other) : state_(new State(*other.state_)) {}

Error& Error::operator=(const Error& other) {
  if (this != &other) state_.reset(new State(*other.state_));
  return *this;
}

Code Error::code() const { return state_->code; }
const std::string& Error::message() const { return state_->message; }
const std::string& Error::hint() const { return state_->hint; }

Error Error::With(std::string_view context) && {
  state_->message = std::string(context) + ": " + state_->message;
  return std::move(*this);
}

Error Error::WithHint(std::string hint) && {
  state_->hint = std::move(hint);
  return std::move(*this);
}

std::string Error::ToString() const {
  std::string text = std::string(CodeName(code())) + ": " + message();
  if (!hint().empty()) text += ". Hint: " + hint();
  return text;
}

Error NotFound(std::string message, std::string hint) {
  return {Code::kNotFound, std::move(message), std::move(hint)};
}
Error AlreadyExists(std::string message, std::string hint) {
  return {Code::kAlreadyExists, std::move(message), std::move(hint)};
}
Error Conflict(std::string message, std::string hint) {
  return {Code::kConflict, std::move(message), std::move(hint)};
}
Error Corruption(std::string message, std::string hint) {
  return {Code::kCorruption, std::move(message), std::move(hint)};
}
Error Io(std::string message, std::string hint) {
  return {Code::kIo, std::move(message), std::move(hint)};
}
Error Timeout(std::string message, std::string hint) {
  return {Code::kTimeout, std::move(message), std::move(hint)};
}
Error Unavailable(std::string message, std::string hint) {
  return {Code::kUnavailable, std::move(message), std::move(hint)};
}
Error Cancelled(std::string message, std::string hint) {
  return {Code::kCancelled, std::move(message), std::move(hint)};
}
Error InvalidArgument(std::string message, std::string hint) {
  return {Code::kInvalidArgument, std::move(message), std::move(hint)};
}
Error Unsupported(std::string message, std::string hint) {
  return {Code::kUnsupported, std::move(message), std::move(hint)};
}
Error Internal(std::string message, std::string hint) {
  return {Code::kInternal, std::move(message), std::move(hint)};
}

Error FromErrno(int error_number, std::string_view what) {
  // strerror's texts are the ones people search for; only their capital is dropped.
  std::string reason = std::generic_category().message(error_number);
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z') {
    reason[0] = static_cast<char>(reason[0] - 'A' + 'a');
  }
  std::string message = std::string(what) + ": " + reason;
  switch (error_number) {
    case ENOENT:
      return NotFound(std::move(message));
    case EEXIST:
      return AlreadyExists(std::move(message));
    case ENOSPC:
    case EDQUOT:
      return Io(std::move(message), "Free some space on that disk and run the command again.");
    case EACCES:
    case EPERM:
    case EROFS:
      return Io(std::move(message), "Check the owner and the permissions of that path.");
    case EMFILE:
    case ENFILE:
      return Io(std::move(message), "Raise the limit on open files (ulimit -n).");
    default:
      return Io(std::move(message));
  }
}

}  // namespace base
