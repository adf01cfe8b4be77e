// Skewed draws by integer arithmetic, the same on every machine: no <random> distribution (their
// results are the library's choice) and no floating point (its rounding can be the compiler's).
// Values; THREAD: any.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

namespace connect::generators {

// Ranks 0 .. count-1, rank k with a weight of 1 / (k + flatten): Zipf and Mandelbrot's law with
// exponent 1. A larger `flatten` takes weight from the first ranks.
class Zipf {
 public:
  // REQUIRES: count > 0, flatten > 0.
  Zipf(int64_t count, int64_t flatten);
  [[nodiscard]] int64_t Draw(base::Random& random) const;

 private:
  std::vector<uint64_t> cumulative_;
};

// A distribution given by its quantiles: `value` is exceeded by all but `millionths` of the draws.
struct Quantile {
  int64_t millionths;
  int64_t value;
};

// A draw by straight lines between the quantiles. REQUIRES: both ascending, first and last
// `millionths` 0 and 1'000'000.
int64_t DrawFrom(std::span<const Quantile> quantiles, base::Random& random);

// True in about `millionths` of a million calls.
inline bool Chance(int64_t millionths, base::Random& random) {
  return static_cast<int64_t>(random.Below(1'000'000)) < millionths;
}

// A well mixed 64-bit value of two: seeds for the parts of a data set (splitmix64's finalizer).
uint64_t Mix(uint64_t a, uint64_t b);

}  // namespace connect::generators
