// Metrics: counters, gauges and histograms by name and labels, shown in Prometheus' text format
// (its "Exposition formats", version 0.0.4). Names follow its conventions: tributary_<what>_<unit>,
// `_total` on counters, base units (seconds, bytes). Owner; THREAD: any. What Counter() and the
// others return lives as long as the Metrics; asking again for the same name and labels gives the
// same one, so ask once and keep it: counting is then one atomic addition.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  void Add(uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_ = 0;
};

class Gauge {
 public:
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void Add(int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  [[nodiscard]] int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_ = 0;
};

// Durations in buckets from 50 us to 10 s, each about twice the one before.
class Histogram {
 public:
  static constexpr std::array<int64_t, 17> kBoundsMicros = {
      50,     100,    250,     500,     1'000,   2'500,     5'000,     10'000,    25'000,
      50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};
  void ObserveMicros(int64_t micros);

 private:
  friend class Metrics;
  std::array<std::atomic<uint64_t>, kBoundsMicros.size() + 1> buckets_{};
  std::atomic<int64_t> sum_micros_ = 0;
};

// One sample that a collector gives at the moment of rendering.
struct MetricSample {
  MetricLabels labels;
  double value = 0;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& CounterOf(std::string_view name, std::string_view help, MetricLabels labels = {});
  Gauge& GaugeOf(std::string_view name, std::string_view help, MetricLabels labels = {});
  Histogram& HistogramOf(std::string_view name, std::string_view help, MetricLabels labels = {});
  // A gauge whose samples are computed when asked: sizes of partitions, lag of groups.
  void Collect(std::string_view name, std::string_view help,
               std::function<std::vector<MetricSample>()> samples);

  [[nodiscard]] std::string Render() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace base
