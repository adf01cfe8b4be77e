// What /metrics shows of the log and of this process, computed when asked. THREAD: any.
#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "log/log.h"

namespace app {

// Sizes and ends of partitions, the first base::limits::kMetricSeriesMax of them, and whether the
// log takes appends. `log` lives as long as `metrics` is rendered.
void ShowLog(logs::Log& log, base::Metrics& metrics);

// Memory, open files and processor time, by the names that Prometheus' own clients use.
void ShowProcess(const base::Clock& clock, base::Metrics& metrics);

}  // namespace app
