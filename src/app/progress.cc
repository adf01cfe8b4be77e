#include "app/progress.h"

#include <algorithm>
#include <chrono>

#include "app/display_width.h"
#include "base/text.h"

namespace app {
namespace {

constexpr auto kRedrawEvery = std::chrono::milliseconds(100);

std::string Colored(pipeline::StepStatus status, const Style& style) {
  constexpr size_t kWidth = 5;
  std::string word(StatusWord(status));
  word.resize(kWidth, ' ');
  switch (status) {
    case pipeline::StepStatus::kSucceeded:
      return style.Green(word);
    case pipeline::StepStatus::kWarned:
      return style.Yellow(word);
    case pipeline::StepStatus::kFailed:
      return style.Red(word);
    case pipeline::StepStatus::kSkipped:
    case pipeline::StepStatus::kCancelled:
      return style.Dim(word);
  }
  return word;
}

std::string Facts(const pipeline::StepResult& step) {
  std::string facts;
  const auto add = [&facts](const std::string& fact) { facts += "  " + fact; };
  const bool ended = step.status != pipeline::StepStatus::kSkipped &&
                     step.status != pipeline::StepStatus::kCancelled;
  if (ended) {
    if (step.kind == pipeline::StepKind::kTest) {
      if (step.rows > 0) add(base::FormatCount(step.rows) + (step.rows == 1 ? " row" : " rows"));
    } else if (step.status != pipeline::StepStatus::kFailed) {
      add(base::FormatCount(step.rows) + (step.rows == 1 ? " row" : " rows"));
    }
    if (step.rejected > 0) add(base::FormatCount(step.rejected) + " rejected");
    add(base::FormatDurationMs(step.duration_ms));
  }
  if (!step.skipped_because.empty()) add("because of " + base::Join(step.skipped_because, ", "));
  return facts;
}

std::string Indented(std::string_view message) {
  std::string text;
  while (!message.empty() && message.back() == '\n') message.remove_suffix(1);
  for (const std::string_view line : base::Split(message, '\n')) {
    text += "        " + std::string(line) + "\n";
  }
  return text;
}

}  // namespace

std::string_view StatusWord(pipeline::StepStatus status) {
  switch (status) {
    case pipeline::StepStatus::kSucceeded:
      return "ok";
    case pipeline::StepStatus::kWarned:
      return "warn";
    case pipeline::StepStatus::kFailed:
      return "FAIL";
    case pipeline::StepStatus::kSkipped:
      return "skip";
    case pipeline::StepStatus::kCancelled:
      return "stop";
  }
  return "";
}

std::string StepLabel(pipeline::StepKind kind) {
  switch (kind) {
    case pipeline::StepKind::kLoad:
      return "load";
    case pipeline::StepKind::kSeed:
      return "seed";
    case pipeline::StepKind::kModel:
      return "model";
    case pipeline::StepKind::kTest:
      return "test";
    case pipeline::StepKind::kPublish:
      return "publish";
  }
  return "";
}

std::string StepLine(const pipeline::StepResult& step, const Style& style) {
  std::string label = StepLabel(step.kind);
  label.resize(7, ' ');
  std::string text = Colored(step.status, style) + " " + style.Dim(label) + " " + step.name +
                     style.Dim(Facts(step)) + "\n";
  if (!step.message.empty()) text += Indented(step.message);
  return text;
}

RunProgress::RunProgress(const Options& options, const base::Clock* clock,
                         serve::OutputSink* output)
    : options_(options), clock_(clock), output_(output) {
  if (options_.live && !options_.quiet) ticker_ = std::thread([this] { Tick(); });
}

RunProgress::~RunProgress() { Finish(); }

void RunProgress::Started(pipeline::StepKind kind, const std::string& name) {
  const std::lock_guard guard(mutex_);
  running_.push_back({.label = StepLabel(kind), .name = name, .since_ms = clock_->MonotonicMs()});
}

void RunProgress::Ended(const pipeline::StepResult& step) {
  const std::lock_guard guard(mutex_);
  const std::string label = StepLabel(step.kind);
  const auto found = std::find_if(running_.begin(), running_.end(), [&](const Running& one) {
    return one.label == label && one.name == step.name;
  });
  if (found != running_.end()) running_.erase(found);
  const bool trouble = step.status == pipeline::StepStatus::kFailed;
  if (options_.quiet && !trouble) return;
  // A project has many tests; the last line counts them, and the run record has each.
  const bool dull =
      step.kind == pipeline::StepKind::kTest && (step.status == pipeline::StepStatus::kSucceeded ||
                                                 step.status == pipeline::StepStatus::kSkipped);
  if (dull && !options_.verbose) return;
  std::string text;
  Clear(text);
  output_->Err(text + StepLine(step, options_.style));
  Redraw();
}

void RunProgress::Finish() {
  {
    const std::lock_guard guard(mutex_);
    if (finished_) return;
    finished_ = true;
    running_.clear();
    std::string text;
    Clear(text);
    if (!text.empty()) output_->Err(text);
  }
  changed_.notify_all();
  if (ticker_.joinable()) ticker_.join();
}

void RunProgress::Clear(std::string& text) {
  if (lines_shown_ == 0) return;
  // Up to the first of our lines, then erase to the end of the screen.
  text += "\033[" + std::to_string(lines_shown_) + "A\r\033[J";
  lines_shown_ = 0;
}

void RunProgress::Redraw() {
  if (!options_.live || options_.quiet || finished_) return;
  std::string text;
  Clear(text);
  const int64_t now = clock_->MonotonicMs();
  for (const Running& one : running_) {
    std::string label = one.label;
    label.resize(7, ' ');
    const std::string line =
        "...   " + label + " " + one.name + "  " + base::FormatDurationMs(now - one.since_ms);
    // A line that wraps would be two to go up.
    text += options_.style.Dim(CutToWidth(line, options_.columns - 1)) + "\n";
    ++lines_shown_;
  }
  if (!text.empty()) output_->Err(text);
}

void RunProgress::Tick() {
  std::unique_lock lock(mutex_);
  while (!finished_) {
    (void)changed_.wait_for(lock, kRedrawEvery, [this] { return finished_; });
    Redraw();
  }
}

}  // namespace app
