// The lines of the generated files: one review or one item as the raw data set writes it, key
// order and spacing included, whole or damaged in a named way. Functions of their arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "connect/generators/prose.h"

namespace connect::generators {

// What is wrong with a line. kNone .. kNull are JSON that a schema may take or refuse; kOddPrice
// is for items only, kRounding for reviews only.
enum class Flaw : uint8_t {
  kNone,
  kNull,
  kOddPrice,
  kTruncated,
  kWrongType,
  kRounding,
  kInvalidUtf8,
  kDuplicateKey,
  kMissingKey,
  kNotAnObject,
};
[[nodiscard]] std::string_view FlawName(Flaw flaw);  // "truncated"; "good" for kNone

struct Review {
  std::string asin, parent_asin, user_id;
  int64_t timestamp_ms = 0;
  size_t quality = 0;  // of the product: 0 good, 1 fair, 2 bad
};

// The identity of product `index`: ten characters, distinct for distinct (index, variant) with
// variant < 8. Variant 0 is the parent's own.
std::string Asin(int64_t index, int64_t variant);
std::string UserId(uint64_t seed, int64_t index);

// Appends a line about `review`, its line end included; rating, words and votes are drawn.
void AppendReviewLine(const Review& review, Flaw flaw, const Prose& prose, base::Random& random,
                      std::string& out);

// Appends a line about the item `parent_asin`; store 0 .. num_stores - 1 by `store`, -1 for none.
void AppendItemLine(std::string_view parent_asin, int64_t store, Flaw flaw, const Prose& prose,
                    base::Random& random, std::string& out);

}  // namespace connect::generators
