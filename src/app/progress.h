// RunProgress: what a run shows on standard error while it goes. On a terminal a line for each
// running step, redrawn below the lines of those that have ended; elsewhere only the latter.
// Owner; THREAD: any (the runner's threads call it; a thread of its own redraws).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/context.h"
#include "base/clock.h"
#include "pipeline/run.h"
#include "serve/owner.h"

namespace app {

class RunProgress {
 public:
  struct Options {
    Style style{false};
    bool live = false;  // redraw running steps
    bool quiet = false;
    bool verbose = false;  // tests that passed or were skipped, too
    size_t columns = 80;
  };
  // `output` and `clock` are borrowed for life.
  RunProgress(const Options& options, const base::Clock* clock, serve::OutputSink* output);
  ~RunProgress();

  void Started(pipeline::StepKind kind, const std::string& name);
  void Ended(const pipeline::StepResult& step);
  void Finish();  // takes the running lines away

 private:
  struct Running {
    std::string label;
    std::string name;
    int64_t since_ms;
  };
  void Redraw();  // REQUIRES: mutex_ held
  void Clear(std::string& text);
  void Tick();

  const Options options_;
  const base::Clock* const clock_;
  serve::OutputSink* const output_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Running> running_;
  size_t lines_shown_ = 0;
  bool finished_ = false;
  std::thread ticker_;
};

// "load", "model", ... and the line of an ended step:
// "ok    gold.mart_users  12,345 rows  0.4s", a message below it when it has one.
std::string StepLabel(pipeline::StepKind kind);
std::string StepLine(const pipeline::StepResult& step, const Style& style);
// "ok", "warn", "FAIL", "skip", "stop".
std::string_view StatusWord(pipeline::StepStatus status);

}  // namespace app
