// GenerateAmazonReviews: made-up files in the raw shape of the Amazon Reviews 2023 data set, with
// the troubles of real ones: skew, duplicates, reviews without an item, odd prices, damaged lines.
// The same seed and sizes give the same bytes on every machine: integer arithmetic only.
// THREAD: any, one call at a time per folder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "env/files.h"

namespace connect::generators {

// Rates are shares from 0 to 1 and are kept to one millionth. Those of reviews are of the lines of
// reviews.jsonl and add up to at most 1; those of items are of the products.
struct AmazonReviewsOptions {
  int64_t reviews = 100'000;  // lines of reviews.jsonl, all kinds together
  int64_t products = 10'000;  // distinct parent_asin that reviews may name, at least 1
  uint64_t seed = 1;
  std::string out_dir = "data";  // made when missing; its reviews.jsonl and meta.jsonl are replaced
  bool gzip = false;             // reviews.jsonl.gz and meta.jsonl.gz instead

  double bad_rate = 0.002;           // lines that no schema takes: truncated, wrong type, ...
  double null_rate = 0.002;          // reviews whose title, text or asin is null
  double duplicate_rate = 0.01;      // reviews repeated byte for byte
  double same_key_rate = 0.002;      // reviews with the key of another one and other content
  double missing_item_rate = 0.05;   // products that have no line in meta.jsonl
  double null_item_rate = 0.01;      // items whose main_category or title is null
  double odd_price_rate = 0.01;      // items priced "from 14.99" or "—"
  double repeated_item_rate = 0.01;  // items with a second line, half of them with other content
};

struct GenerateReport {
  struct File {
    std::string path;
    int64_t lines = 0;
    int64_t bytes = 0;  // as they stand on disk
  };
  std::vector<File> files;  // reviews, then items
  // Lines by what they are; the values add up to the lines of the file. The words for reviews:
  // "good", "exact duplicate", "same key", "null", "truncated", "wrong type", "rounding",
  // "invalid UTF-8", "duplicate key", "missing key", "not an object". For items: "good",
  // "exact duplicate", "same parent_asin", "null", "odd price" and the damages above.
  std::map<std::string, int64_t> reviews_by_kind;
  std::map<std::string, int64_t> items_by_kind;
  int64_t products_without_item = 0;  // have no line at all in meta.jsonl
};

// Called now and then with lines written and lines to write, of both files together (an estimate).
using GenerateProgress = std::function<void(int64_t done, int64_t total)>;

// BLOCKS. ERRORS: kInvalidArgument: a size or rate out of range, by its flag's name; kIo.
base::Result<GenerateReport> GenerateAmazonReviews(env::Files& files,
                                                   const AmazonReviewsOptions& options,
                                                   const GenerateProgress& progress = {});

}  // namespace connect::generators
