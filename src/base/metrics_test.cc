#include "base/metrics.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace base {
namespace {

using ::testing::HasSubstr;

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameNumber) {
  Metrics metrics;
  Counter& one = metrics.CounterOf("a_total", "help", {{"x", "1"}, {"y", "2"}});
  EXPECT_EQ(&one, &metrics.CounterOf("a_total", "other help", {{"y", "2"}, {"x", "1"}}));
  EXPECT_NE(&one, &metrics.CounterOf("a_total", "help", {{"x", "2"}, {"y", "2"}}));
  EXPECT_DEATH(metrics.GaugeOf("a_total", "help"), "kind");
}

TEST(MetricsTest, CountersAndGaugesAreShownWithHelpTypeAndLabels) {
  Metrics metrics;
  metrics.CounterOf("tributary_bytes_total", "Bytes \\ taken\nin.", {{"api", "a\"b\\c\nd"}}).Add(7);
  metrics.GaugeOf("tributary_connections", "Open now.").Set(-3);
  EXPECT_EQ(metrics.Render(),
            "# HELP tributary_bytes_total Bytes \\\\ taken\\nin.\n"
            "# TYPE tributary_bytes_total counter\n"
            "tributary_bytes_total{api=\"a\\\"b\\\\c\\nd\"} 7\n"
            "# HELP tributary_connections Open now.\n"
            "# TYPE tributary_connections gauge\n"
            "tributary_connections -3\n");
}

TEST(MetricsTest, AHistogramCountsUpToEachBoundAndInAll) {
  Metrics metrics;
  Histogram& histogram = metrics.HistogramOf("t_seconds", "Time.", {{"api", "x"}});
  for (const int64_t micros : {int64_t{0}, int64_t{50}, int64_t{51}, int64_t{11'000'000}}) {
    histogram.ObserveMicros(micros);
  }
  const std::string text = metrics.Render();
  EXPECT_THAT(text, HasSubstr("# TYPE t_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{api=\"x\",le=\"5e-05\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{api=\"x\",le=\"0.0001\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{api=\"x\",le=\"10\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{api=\"x\",le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_sum{api=\"x\"} 11.000101\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_count{api=\"x\"} 4\n"));
}

TEST(MetricsTest, ACollectorIsAskedAtEachRenderingAndMayUseTheMetrics) {
  Metrics metrics;
  double value = 1.5;
  metrics.Collect("lag", "Lag.", [&] {
    metrics.CounterOf("asked_total", "Askings.").Add();
    return std::vector<MetricSample>{{{{"group", "g"}}, value}, {{}, 0.0 / 0.0}};
  });
  EXPECT_EQ(metrics.Render(),
            "# HELP lag Lag.\n# TYPE lag gauge\nlag{group=\"g\"} 1.5\nlag NaN\n");
  value = 3e20;
  EXPECT_THAT(metrics.Render(), HasSubstr("lag{group=\"g\"} 3e+20\n"));
  EXPECT_EQ(metrics.CounterOf("asked_total", "").value(), 2u);
}

TEST(MetricsTest, CountingFromManyThreadsLosesNothing) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) {
        metrics.CounterOf("n_total", "").Add();
        metrics.HistogramOf("h_seconds", "").ObserveMicros(k);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics.Render(), HasSubstr("n_total 4000\n"));
  EXPECT_THAT(metrics.Render(), HasSubstr("h_seconds_count 4000\n"));
}

}  // namespace
}  // namespace base
