// StrongId: integers that mean different things are different types, so that an offset is never
// passed for a version. Value type.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace base {

template <typename Tag, typename T = int64_t>
class StrongId {
 public:
  constexpr StrongId() = default;
  constexpr explicit StrongId(T value) : value_(value) {}
  [[nodiscard]] constexpr T get() const { return value_; }
  [[nodiscard]] constexpr StrongId Next() const { return StrongId(value_ + 1); }
  friend constexpr auto operator<=>(StrongId, StrongId) = default;

 private:
  T value_{};
};

}  // namespace base

template <typename Tag, typename T>
struct std::hash<base::StrongId<Tag, T>> {
  size_t operator()(base::StrongId<Tag, T> id) const noexcept { return std::hash<T>{}(id.get()); }
};
