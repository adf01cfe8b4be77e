// Integer tables and binary search; see skew.h.
#include "connect/generators/skew.h"

#include <algorithm>

#include "base/check.h"

namespace connect::generators {

Zipf::Zipf(int64_t count, int64_t flatten) {
  CHECK(count > 0 && flatten > 0);
  cumulative_.reserve(static_cast<size_t>(count));
  uint64_t total = 0;
  for (int64_t rank = 0; rank < count; ++rank) {
    // Below 2^40 each and at least 1, so that 2^23 ranks cannot overflow and every rank can come.
    const uint64_t weight = (uint64_t{1} << 40) / static_cast<uint64_t>(rank + flatten);
    total += std::max<uint64_t>(weight, 1);
    cumulative_.push_back(total);
  }
}

int64_t Zipf::Draw(base::Random& random) const {
  const uint64_t draw = random.Below(cumulative_.back());
  return std::upper_bound(cumulative_.begin(), cumulative_.end(), draw) - cumulative_.begin();
}

int64_t DrawFrom(std::span<const Quantile> quantiles, base::Random& random) {
  const auto draw = static_cast<int64_t>(random.Below(1'000'000));
  size_t upper = 1;
  while (draw >= quantiles[upper].millionths) ++upper;
  const Quantile& a = quantiles[upper - 1];
  const Quantile& b = quantiles[upper];
  return a.value + (b.value - a.value) * (draw - a.millionths) / (b.millionths - a.millionths);
}

uint64_t Mix(uint64_t a, uint64_t b) {
  uint64_t mixed = a + 0x9E3779B97F4A7C15 * (b + 1);
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

}  // namespace connect::generators
