#include "base/metrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <mutex>

#include "base/check.h"

namespace base {
namespace {

enum class Kind : uint8_t { kCounter, kGauge, kHistogram, kCollected };

// One name: its help, and the values by their labels (exactly one of the maps is used).
struct Family {
  Kind kind;
  std::string help;
  std::map<std::string, std::unique_ptr<Counter>> counters;
  std::map<std::string, std::unique_ptr<Gauge>> gauges;
  std::map<std::string, std::unique_ptr<Histogram>> histograms;
  std::function<std::vector<MetricSample>()> collect;
};

bool IsName(std::string_view text, bool colons) {
  const auto letter = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colons && c == ':');
  };
  return !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

void AppendEscaped(std::string& text, std::string_view value, bool quotes) {
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
    } else {
      if (c == '\\' || (quotes && c == '"')) text += '\\';
      text += c;
    }
  }
}

// `a="x",b="y"`: how labels are written, and by which a value is known.
std::string LabelText(MetricLabels labels) {
  std::sort(labels.begin(), labels.end());
  std::string text;
  for (const auto& [name, value] : labels) {
    DCHECK(IsName(name, false));
    if (!text.empty()) text += ',';
    text += name + "=\"";
    AppendEscaped(text, value, true);
    text += '"';
  }
  return text;
}

void AppendNumber(std::string& text, double value) {
  if (std::isnan(value)) {
    text += "NaN";
  } else if (std::isinf(value)) {
    text += value > 0 ? "+Inf" : "-Inf";
  } else if (std::abs(value) < 0x1p53 && value == std::floor(value)) {
    text += std::to_string(static_cast<int64_t>(value));
  } else {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                   std::chars_format::general)
                         .ptr;
    text.append(digits.data(), end);
  }
}

void AppendSample(std::string& text, std::string_view name, std::string_view labels,
                  std::string_view number) {
  text += name;
  if (!labels.empty()) {
    text += '{';
    text += labels;
    text += '}';
  }
  text += ' ';
  text += number;
  text += '\n';
}

std::string SecondsText(int64_t micros) {
  std::string text;
  AppendNumber(text, static_cast<double>(micros) / 1e6);
  return text;
}

std::string_view TypeName(const std::string& name, Kind kind) {
  switch (kind) {
    case Kind::kCounter:
      return "counter";
    case Kind::kHistogram:
      return "histogram";
    case Kind::kGauge:
    case Kind::kCollected:
      return name.ends_with("_total") ? "counter" : "gauge";
  }
  return "untyped";
}

}  // namespace

struct Metrics::State {
  // nullptr values are made by the caller. The mutex guards the shape, not the numbers.
  Family& FamilyOf(std::string_view name, std::string_view help, Kind kind) {
    CHECK(IsName(name, true));
    auto& family = families[std::string(name)];
    if (family == nullptr) {
      family = std::make_shared<Family>();
      family->kind = kind;
      family->help = help;
    }
    CHECK(family->kind == kind);  // one name, one kind
    return *family;
  }

  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<Family>> families;
};

void Histogram::ObserveMicros(int64_t micros) {
  const auto* const bound = std::lower_bound(kBoundsMicros.begin(), kBoundsMicros.end(), micros);
  buckets_[static_cast<size_t>(bound - kBoundsMicros.begin())].fetch_add(
      1, std::memory_order_relaxed);
  sum_micros_.fetch_add(micros, std::memory_order_relaxed);
}

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::CounterOf(std::string_view name, std::string_view help, MetricLabels labels) {
  const std::lock_guard guard(state_->mutex);
  auto& value =
      state_->FamilyOf(name, help, Kind::kCounter).counters[LabelText(std::move(labels))];
  if (value == nullptr) value = std::make_unique<Counter>();
  return *value;
}

Gauge& Metrics::GaugeOf(std::string_view name, std::string_view help, MetricLabels labels) {
  const std::lock_guard guard(state_->mutex);
  auto& value = state_->FamilyOf(name, help, Kind::kGauge).gauges[LabelText(std::move(labels))];
  if (value == nullptr) value = std::make_unique<Gauge>();
  return *value;
}

Histogram& Metrics::HistogramOf(std::string_view name, std::string_view help,
                                MetricLabels labels) {
  const std::lock_guard guard(state_->mutex);
  auto& value =
      state_->FamilyOf(name, help, Kind::kHistogram).histograms[LabelText(std::move(labels))];
  if (value == nullptr) value = std::make_unique<Histogram>();
  return *value;
}

void Metrics::Collect(std::string_view name, std::string_view help,
                      std::function<std::vector<MetricSample>()> samples) {
  const std::lock_guard guard(state_->mutex);
  state_->FamilyOf(name, help, Kind::kCollected).collect = std::move(samples);
}

std::string Metrics::Render() const {
  std::string text;
  // A collector takes locks of its own, so it runs without ours.
  std::vector<std::pair<std::string, std::shared_ptr<Family>>> collected;
  const auto head = [&](const std::string& name, const Family& family) {
    text += "# HELP " + name + " ";
    AppendEscaped(text, family.help, false);
    text += "\n# TYPE " + name + " ";
    text += TypeName(name, family.kind);
    text += '\n';
  };
  const auto histogram = [&](const std::string& name, const std::string& labels,
                             const Histogram& value) {
    const std::string before = labels.empty() ? "le=\"" : labels + ",le=\"";
    uint64_t count = 0;
    for (size_t i = 0; i < value.buckets_.size(); ++i) {
      count += value.buckets_[i].load(std::memory_order_relaxed);
      const bool last = i == Histogram::kBoundsMicros.size();
      const std::string bound = last ? "+Inf" : SecondsText(Histogram::kBoundsMicros[i]);
      AppendSample(text, name + "_bucket", before + bound + "\"", std::to_string(count));
    }
    AppendSample(text, name + "_sum", labels, SecondsText(value.sum_micros_));
    AppendSample(text, name + "_count", labels, std::to_string(count));
  };
  {
    const std::lock_guard guard(state_->mutex);
    for (const auto& [name, family] : state_->families) {
      if (family->kind == Kind::kCollected) {
        collected.emplace_back(name, family);
        continue;
      }
      head(name, *family);
      for (const auto& [labels, value] : family->counters) {
        AppendSample(text, name, labels, std::to_string(value->value()));
      }
      for (const auto& [labels, value] : family->gauges) {
        AppendSample(text, name, labels, std::to_string(value->value()));
      }
      for (const auto& [labels, value] : family->histograms) histogram(name, labels, *value);
    }
  }
  for (const auto& [name, family] : collected) {
    head(name, *family);
    for (const MetricSample& sample : family->collect()) {
      std::string number;
      AppendNumber(number, sample.value);
      AppendSample(text, name, LabelText(sample.labels), number);
    }
  }
  return text;
}

}  // namespace base
