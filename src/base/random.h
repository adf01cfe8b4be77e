// Random: a seedable generator (xoshiro256**, Blackman and Vigna 2018) handed in by whoever
// starts the program, so that a test or a simulation repeats. Owner; THREAD: one at a time.
#pragma once

#include <array>
#include <cstdint>

namespace base {

class Random {
 public:
  explicit Random(uint64_t seed);
  static Random FromSystem();  // seeded by getrandom(2)

  uint64_t Next();
  uint64_t Below(uint64_t bound);  // uniform in [0, bound), REQUIRES: bound > 0
  double Unit();                   // uniform in [0, 1)

 private:
  std::array<uint64_t, 4> state_;
};

}  // namespace base
