// Result<T> and Error: how every fallible function of this project answers.
// Value types, no threads. No exception crosses a room's door; a foreign one is caught in the room
// that made the call and becomes an Error there (docs/decisions/0001-errors-are-values.md).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"

namespace base {

// What a caller may branch on. The set is closed: a finer distinction that an algorithm needs is a
// value of its own (lake::CommitOutcome), not another code.
enum class Code : uint8_t {
  kNotFound,         // the thing named does not exist
  kAlreadyExists,    // put-if-absent and the like found something there
  kConflict,         // another writer got there first; re-reading and trying again may succeed
  kCorruption,       // bytes that cannot be what they claim to be
  kIo,               // the operating system refused
  kTimeout,          // a deadline passed; retryable when the operation is idempotent
  kUnavailable,      // a server is away or busy; retryable
  kCancelled,        // somebody asked us to stop
  kInvalidArgument,  // the user's input is wrong; the message says how
  kUnsupported,      // well-formed, but outside of what we do; named in the message
  kInternal,         // a bug of ours that could be contained
};

[[nodiscard]] std::string_view CodeName(Code code);

// A code, a message (lower case, no full stop) and an optional hint (a sentence: what to do).
// One pointer wide, movable and copyable.
class [[nodiscard]] Error {
 public:
  Error(Code code, std::string message, std::string hint = {});
  Error(const Error& other);
  Error& operator=(const Error& other);
  Error(Error&&) noexcept = default;
  Error& operator=(Error&&) noexcept = default;
  ~Error() = default;

  Code code() const;
  const std::string& message() const;
  const std::string& hint() const;

  // Prefixes the message with what the caller was doing: "commit version 12: disk full".
  Error With(std::string_view context) &&;
  Error WithHint(std::string hint) &&;

  // "io: cannot open x: no such file. Hint: ..." for logs and tests.
  std::string ToString() const;

 private:
  struct State;
  struct Delete {
    void operator()(State* state) const;
  };
  std::unique_ptr<State, Delete> state_;
};

// A T or an Error. Result<void> carries no value.
template <typename T>
class [[nodiscard]] Result {
 public:
  using Value = T;

  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)
  template <typename U>
  requires(std::is_convertible_v<U&&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error> &&
           !std::is_same_v<std::remove_cvref_t<U>, Result>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {
  }  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // REQUIRES: ok().
  T& value() & { return CHECK(ok()), std::get<0>(state_); }
  const T& value() const& { return CHECK(ok()), std::get<0>(state_); }
  T&& value() && { return CHECK(ok()), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // REQUIRES: !ok().
  const Error& error() const& { return CHECK(!ok()), std::get<1>(state_); }
  Error&& error() && { return CHECK(!ok()), std::get<1>(std::move(state_)); }

  // Adds context to an error, passes a value through.
  Result With(std::string_view context) && {
    if (ok()) return std::move(*this);
    return std::get<1>(std::move(state_)).With(context);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using Value = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const { CHECK(ok()); }

  const Error& error() const& { return CHECK(!ok()), *error_; }
  Error&& error() && { return CHECK(!ok()), *std::move(error_); }

  Result With(std::string_view context) && {
    if (ok()) return {};
    return std::move(*error_).With(context);
  }

 private:
  std::optional<Error> error_;
};

// Error makers: `return base::InvalidArgument("no such column 'x'")`.
Error NotFound(std::string message, std::string hint = {});
Error AlreadyExists(std::string message, std::string hint = {});
Error Conflict(std::string message, std::string hint = {});
Error Corruption(std::string message, std::string hint = {});
Error Io(std::string message, std::string hint = {});
Error Timeout(std::string message, std::string hint = {});
Error Unavailable(std::string message, std::string hint = {});
Error Cancelled(std::string message, std::string hint = {});
Error InvalidArgument(std::string message, std::string hint = {});
Error Unsupported(std::string message, std::string hint = {});
Error Internal(std::string message, std::string hint = {});

// An Error from errno: "cannot open data/x: no such file or directory". ENOENT becomes kNotFound,
// EEXIST kAlreadyExists, the rest kIo; ENOSPC, EACCES and EMFILE carry a hint.
Error FromErrno(int error_number, std::string_view what);

}  // namespace base

// Evaluates to the value of a Result, or returns its Error from the enclosing function. Not inside
// braces after another member: the compilers do not destroy half of an aggregate on that return.
#define TRY(...) BASE_TRY_NAMED(BASE_TRY_NAME(__COUNTER__), __VA_ARGS__)
#define BASE_TRY_NAME(number) BASE_TRY_PASTE(number)
#define BASE_TRY_PASTE(number) try_result_##number
#define BASE_TRY_NAMED(name, ...)     \
  ({                                  \
    auto name = (__VA_ARGS__);        \
    if (!name.ok()) [[unlikely]]      \
      return std::move(name).error(); \
    std::move(name).value();          \
  })
