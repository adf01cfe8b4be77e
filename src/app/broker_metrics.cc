#include "app/broker_metrics.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

#include "base/limits.h"

namespace app {
namespace {

using Samples = std::vector<base::MetricSample>;

template <typename Value>
Samples OfPartitions(const logs::Log& log, Value value) {
  Samples samples;
  for (const auto& topic : log.Topics()) {
    for (const auto& partition : topic->partitions) {
      if (samples.size() == base::limits::kMetricSeriesMax) return samples;
      samples.push_back({{{"topic", topic->name},
                          {"partition", std::to_string(partition->name().partition)}},
                         static_cast<double>(value(*partition))});
    }
  }
  return samples;
}

Samples One(double value) { return {{{}, value}}; }

double ResidentBytes() {
  uint64_t size = 0;
  uint64_t resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return static_cast<double>(resident * static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE)));
}

double OpenFiles() {
  std::error_code ignored;
  const std::filesystem::directory_iterator files("/proc/self/fd", ignored);
  return static_cast<double>(std::distance(begin(files), end(files)));
}

double ProcessorSeconds() {
  rusage usage{};
  (void)getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

void ShowLog(logs::Log& log, base::Metrics& metrics) {
  metrics.Collect("tributary_log_writable", "1 while the log takes appends, else 0.",
                  [&log] { return One(log.Trouble() ? 0 : 1); });
  metrics.Collect("tributary_topics", "Topics of the log.",
                  [&log] { return One(static_cast<double>(log.Topics().size())); });
  metrics.Collect("tributary_partitions", "Partitions of the log.", [&log] {
    size_t count = 0;
    for (const auto& topic : log.Topics()) count += topic->partitions.size();
    return One(static_cast<double>(count));
  });
  metrics.Collect("tributary_partition_size_bytes", "Bytes of a partition on local disk.", [&log] {
    return OfPartitions(log, [](const logs::Partition& one) { return one.SizeBytes(); });
  });
  metrics.Collect("tributary_partition_log_start_offset", "First offset of a partition.", [&log] {
    return OfPartitions(log, [](const logs::Partition& one) { return one.Ends().log_start.get(); });
  });
  metrics.Collect("tributary_partition_high_watermark",
                  "Offset below which readers see a partition's records.", [&log] {
                    return OfPartitions(log, [](const logs::Partition& one) {
                      return one.Ends().high_watermark.get();
                    });
                  });
  metrics.Collect("tributary_partition_log_end_offset", "Next offset of a partition.", [&log] {
    return OfPartitions(log, [](const logs::Partition& one) { return one.Ends().log_end.get(); });
  });
}

void ShowProcess(const base::Clock& clock, base::Metrics& metrics) {
  metrics.Collect("process_resident_memory_bytes", "Memory of this process in RAM.",
                  [] { return One(ResidentBytes()); });
  metrics.Collect("process_open_fds", "Descriptors that this process has open.",
                  [] { return One(OpenFiles()); });
  metrics.Collect("process_cpu_seconds_total", "Processor time of this process.",
                  [] { return One(ProcessorSeconds()); });
  metrics.Collect("process_start_time_seconds", "When this process began, in Unix time.",
                  [begun = static_cast<double>(clock.NowUnixMs()) / 1000] { return One(begun); });
}

}  // namespace app
