// Clock: time behind an interface, so that tests decide what time it is. THREAD: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace base {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual int64_t NowUnixMs() const = 0;    // wall clock, UTC
  [[nodiscard]] virtual int64_t MonotonicMs() const = 0;  // for durations and deadlines
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] int64_t NowUnixMs() const override;
  [[nodiscard]] int64_t MonotonicMs() const override;
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t unix_ms) : unix_ms_(unix_ms) {}
  [[nodiscard]] int64_t NowUnixMs() const override { return unix_ms_; }
  [[nodiscard]] int64_t MonotonicMs() const override { return unix_ms_; }
  void Advance(int64_t duration_ms) { unix_ms_ += duration_ms; }

 private:
  std::atomic<int64_t> unix_ms_;
};

// RFC 3339 in UTC: "2026-11-21T04:10:00.123Z".
[[nodiscard]] std::string FormatUtc(int64_t unix_ms);

}  // namespace base
