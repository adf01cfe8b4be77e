// CHECK for programmer errors: aborts with the place and the condition, in release builds too.
// Never used on input from the network, the disk or a user; those are Errors.
#pragma once

#include <limits>
#include <type_traits>

namespace base {

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

// Converts between integer types and CHECKs that the value survives.
template <typename To, typename From>
constexpr To Narrow(From value);

}  // namespace base

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::base::CheckFailed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define DCHECK(condition) static_cast<void>(sizeof(condition))
#else
#define DCHECK(condition) CHECK(condition)
#endif

namespace base {

template <typename To, typename From>
constexpr To Narrow(From value) {
  static_assert(std::is_integral_v<To> && std::is_integral_v<From>);
  const To narrowed = static_cast<To>(value);
  CHECK(static_cast<From>(narrowed) == value && ((narrowed < To{}) == (value < From{})));
  return narrowed;
}

}  // namespace base
