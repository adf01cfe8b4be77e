// Which lines come, in which order and how many of each kind; the two files they go to.
#include "connect/generators/amazon_reviews.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <memory>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "connect/generators/line_file.h"
#include "connect/generators/prose.h"
#include "connect/generators/raw_records.h"
#include "connect/generators/skew.h"

namespace connect::generators {
namespace {

// The tables of popularity take eight bytes a rank: 64 MiB at this many.
constexpr int64_t kRanksMax = int64_t{8} << 20;
constexpr int64_t kReviewsMax = 10'000'000'000;
constexpr int64_t kMillion = 1'000'000;

// 2000-01-01 and 2023-09-14 UTC.
constexpr int64_t kFirstDay = 10'957;
constexpr int64_t kLastDay = 19'614;
constexpr int64_t kDayMs = 86'400'000;

// Of eight products five are good, two fair, one is bad.
constexpr size_t kQualities[] = {0, 0, 0, 0, 0, 1, 1, 2};

// How many earlier reviews are at hand to be repeated.
constexpr size_t kMemoryOfReviews = 1'000;

constexpr Flaw kReviewDamages[] = {Flaw::kTruncated,   Flaw::kWrongType,    Flaw::kRounding,
                                   Flaw::kInvalidUtf8, Flaw::kDuplicateKey, Flaw::kMissingKey,
                                   Flaw::kNotAnObject};
constexpr Flaw kItemDamages[] = {Flaw::kTruncated,    Flaw::kWrongType,  Flaw::kInvalidUtf8,
                                 Flaw::kDuplicateKey, Flaw::kMissingKey, Flaw::kNotAnObject};

int64_t Millionths(double rate) { return static_cast<int64_t>(rate * 1e6 + 0.5); }

base::Result<void> Validate(const AmazonReviewsOptions& options) {
  if (options.reviews < 0 || options.reviews > kReviewsMax) {
    return base::InvalidArgument("--reviews must be between 0 and 10,000,000,000");
  }
  if (options.products < 1 || options.products > kRanksMax) {
    return base::InvalidArgument("--products must be between 1 and 8,388,608");
  }
  const std::pair<const char*, double> rates[] = {
      {"--bad-rate", options.bad_rate},
      {"--null-rate", options.null_rate},
      {"--duplicate-rate", options.duplicate_rate},
      {"--same-key-rate", options.same_key_rate},
      {"--missing-item-rate", options.missing_item_rate},
      {"--null-item-rate", options.null_item_rate},
      {"--odd-price-rate", options.odd_price_rate},
      {"--repeated-item-rate", options.repeated_item_rate},
  };
  for (const auto& [flag, rate] : rates) {
    if (!(rate >= 0 && rate <= 1)) {
      return base::InvalidArgument(std::string(flag) + " must be between 0 and 1",
                                   "A rate is a share of the lines: 0.01 is one in a hundred.");
    }
  }
  if (Millionths(options.bad_rate) + Millionths(options.null_rate) +
          Millionths(options.duplicate_rate) + Millionths(options.same_key_rate) >
      kMillion) {
    return base::InvalidArgument(
        "--bad-rate, --null-rate, --duplicate-rate and --same-key-rate add up to more than 1");
  }
  if (Millionths(options.missing_item_rate) + Millionths(options.bad_rate) +
          Millionths(options.null_item_rate) + Millionths(options.odd_price_rate) >
      kMillion) {
    return base::InvalidArgument(
        "--missing-item-rate, --bad-rate, --null-item-rate and --odd-price-rate add up to more "
        "than 1");
  }
  return {};
}

// A value 0 .. kMillion-1 falls into the first share it is below; each share is a rate.
class Shares {
 public:
  explicit Shares(std::initializer_list<double> rates) {
    int64_t total = 0;
    for (const double rate : rates) bounds_.push_back(total += Millionths(rate));
  }
  // The index of a share, or the number of shares for the rest.
  [[nodiscard]] size_t Draw(base::Random& random) const {
    const auto draw = static_cast<int64_t>(random.Below(kMillion));
    return static_cast<size_t>(std::upper_bound(bounds_.begin(), bounds_.end(), draw) -
                               bounds_.begin());
  }

 private:
  std::vector<int64_t> bounds_;
};

// Popularity rank -> product: a one-to-one scramble, so that the files are not sorted by fame.
class Scramble {
 public:
  explicit Scramble(int64_t count) : count_(count) {
    while (std::gcd(factor_, count_) != 1) ++factor_;
  }
  [[nodiscard]] int64_t operator()(int64_t rank) const {
    return static_cast<int64_t>(static_cast<__int128>(rank) * factor_ % count_);
  }

 private:
  int64_t count_;
  int64_t factor_ = 7'368'787;
};

class ReviewMaker {
 public:
  ReviewMaker(const AmazonReviewsOptions& options, const Prose& prose)
      : options_(options),
        prose_(prose),
        random_(Mix(options.seed, 1)),
        popularity_(options.products, 8 + options.products / 500),
        activity_(std::clamp<int64_t>(options.reviews / 4, 1, kRanksMax), 40),
        scramble_(options.products),
        shares_{options.bad_rate, options.null_rate, options.duplicate_rate,
                options.same_key_rate} {}

  // Appends one line; what it is.
  std::string_view Append(std::string& out) {
    switch (shares_.Draw(random_)) {
      case 0: {
        const Flaw flaw = kReviewDamages[random_.Below(std::size(kReviewDamages))];
        AppendReviewLine(DrawReview(), flaw, prose_, random_, out);
        return FlawName(flaw);
      }
      case 1:
        AppendReviewLine(DrawReview(), Flaw::kNull, prose_, random_, out);
        return FlawName(Flaw::kNull);
      case 2:
        if (memory_.empty()) break;
        out += memory_[random_.Below(memory_.size())].line;
        return "exact duplicate";
      case 3:
        if (memory_.empty()) break;
        AppendOtherContent(memory_[random_.Below(memory_.size())], out);
        return "same key";
    }
    const size_t start = out.size();
    const Review review = DrawReview();
    AppendReviewLine(review, Flaw::kNone, prose_, random_, out);
    Remember(review, out.substr(start));
    return FlawName(Flaw::kNone);
  }

 private:
  struct Remembered {
    Review review;
    std::string line;
  };

  void AppendOtherContent(const Remembered& remembered, std::string& out) {
    const size_t start = out.size();
    do {  // two short reviews may come out the same
      out.resize(start);
      AppendReviewLine(remembered.review, Flaw::kNone, prose_, random_, out);
    } while (std::string_view(out).substr(start) == remembered.line);
  }

  Review DrawReview() {
    const int64_t product = scramble_(popularity_.Draw(random_));
    // Half of the products come in variants, each with an asin of its own.
    const int64_t variant = product % 2 == 0 ? 0 : static_cast<int64_t>(random_.Below(6));
    // Reviews grew with the years: the later of two draws.
    const auto days = static_cast<uint64_t>(kLastDay - kFirstDay);
    const auto day = static_cast<int64_t>(std::max(random_.Below(days), random_.Below(days)));
    return {.asin = Asin(product, variant),
            .parent_asin = Asin(product, 0),
            .user_id = UserId(options_.seed, activity_.Draw(random_)),
            .timestamp_ms =
                (kFirstDay + day) * kDayMs + static_cast<int64_t>(random_.Below(uint64_t{kDayMs})),
            .quality = kQualities[Mix(options_.seed, static_cast<uint64_t>(product)) % 8]};
  }

  void Remember(const Review& review, std::string line) {
    if (memory_.size() < kMemoryOfReviews) {
      memory_.push_back({review, std::move(line)});
    } else if (random_.Below(8) == 0) {
      memory_[random_.Below(memory_.size())] = {review, std::move(line)};
    }
  }

  const AmazonReviewsOptions& options_;
  const Prose& prose_;
  base::Random random_;
  Zipf popularity_;
  Zipf activity_;
  Scramble scramble_;
  Shares shares_;
  std::vector<Remembered> memory_;
};

class ItemMaker {
 public:
  ItemMaker(const AmazonReviewsOptions& options, const Prose& prose)
      : options_(options),
        prose_(prose),
        random_(Mix(options.seed, 2)),
        num_stores_(std::max<int64_t>(options.products / 12, 1)),
        stores_(num_stores_, 6),
        shares_{options.missing_item_rate, options.bad_rate, options.null_item_rate,
                options.odd_price_rate} {}

  struct Line {
    std::string_view kind;
    std::string text;
  };

  // The lines about one product, to be written now. A second line about it may come later.
  void Make(int64_t product, std::vector<Line>& lines, GenerateReport& report) {
    const std::string asin = Asin(product, 0);
    // One store in twenty is unknown.
    const int64_t store = random_.Below(20) == 0 ? -1 : stores_.Draw(random_);
    switch (shares_.Draw(random_)) {
      case 0:
        ++report.products_without_item;
        break;
      case 1:
        Add(asin, store, kItemDamages[random_.Below(std::size(kItemDamages))], lines);
        break;
      case 2:
        Add(asin, store, Flaw::kNull, lines);
        break;
      case 3:
        Add(asin, store, Flaw::kOddPrice, lines);
        break;
      default:
        Add(asin, store, Flaw::kNone, lines);
        if (Chance(Millionths(options_.repeated_item_rate), random_)) {
          RepeatLater(asin, store, lines.back().text);
        }
    }
    if (!waiting_.empty() && random_.Below(16) == 0) TakeWaiting(lines);
  }

  // The repeats that are still to come.
  void Finish(std::vector<Line>& lines) {
    while (!waiting_.empty()) TakeWaiting(lines);
  }

 private:
  void Add(const std::string& asin, int64_t store, Flaw flaw, std::vector<Line>& lines) {
    std::string text;
    AppendItemLine(asin, store, flaw, prose_, random_, text);
    lines.push_back({FlawName(flaw), std::move(text)});
  }

  void RepeatLater(const std::string& asin, int64_t store, const std::string& line) {
    if (random_.Below(2) == 0) {
      waiting_.push_back({"exact duplicate", line});
      return;
    }
    Line other{"same parent_asin", {}};
    do {  // a short item may come out the same
      other.text.clear();
      AppendItemLine(asin, store, Flaw::kNone, prose_, random_, other.text);
    } while (other.text == line);
    waiting_.push_back(std::move(other));
  }

  void TakeWaiting(std::vector<Line>& lines) {
    std::swap(waiting_[random_.Below(waiting_.size())], waiting_.back());
    lines.push_back(std::move(waiting_.back()));
    waiting_.pop_back();
  }

  const AmazonReviewsOptions& options_;
  const Prose& prose_;
  base::Random random_;
  int64_t num_stores_;
  Zipf stores_;
  Shares shares_;
  std::vector<Line> waiting_;
};

// Tells of progress every so many lines.
class Ticker {
 public:
  Ticker(const GenerateProgress& progress, int64_t total) : progress_(progress), total_(total) {}
  void Tick() {
    if (++done_ % 20'000 == 0 && progress_) progress_(std::min(done_, total_), total_);
  }
  void Finish() {
    if (progress_) progress_(total_, total_);
  }

 private:
  const GenerateProgress& progress_;
  int64_t total_;
  int64_t done_ = 0;
};

base::Result<void> WriteReviews(LineFile& file, const AmazonReviewsOptions& options,
                                const Prose& prose, Ticker& ticker, GenerateReport& report) {
  ReviewMaker maker(options, prose);
  std::string line;
  for (int64_t i = 0; i < options.reviews; ++i) {
    line.clear();
    const std::string_view kind = maker.Append(line);
    ++report.reviews_by_kind[std::string(kind)];
    TRY(file.Append(line));
    ticker.Tick();
  }
  return {};
}

base::Result<void> WriteItems(LineFile& file, const AmazonReviewsOptions& options,
                              const Prose& prose, Ticker& ticker, GenerateReport& report) {
  ItemMaker maker(options, prose);
  std::vector<ItemMaker::Line> lines;
  for (int64_t product = 0; product < options.products; ++product) {
    maker.Make(product, lines, report);
    if (product + 1 == options.products) maker.Finish(lines);
    for (const ItemMaker::Line& line : lines) {
      ++report.items_by_kind[std::string(line.kind)];
      TRY(file.Append(line.text));
    }
    lines.clear();
    ticker.Tick();
  }
  return {};
}

}  // namespace

base::Result<GenerateReport> GenerateAmazonReviews(env::Files& files,
                                                   const AmazonReviewsOptions& options,
                                                   const GenerateProgress& progress) {
  TRY(Validate(options));
  TRY(files.CreateDirectories(options.out_dir));
  const Prose prose;
  GenerateReport report;
  Ticker ticker(progress, options.reviews + options.products);
  const auto format = options.gzip ? LineFile::Format::kGzip : LineFile::Format::kPlain;
  const std::string ending = options.gzip ? ".jsonl.gz" : ".jsonl";

  auto reviews = TRY(LineFile::Create(files, options.out_dir, "reviews" + ending, format));
  TRY(WriteReviews(*reviews, options, prose, ticker, report));
  TRY(reviews->Close());
  report.files.push_back({reviews->path(), reviews->lines(), reviews->bytes()});

  auto items = TRY(LineFile::Create(files, options.out_dir, "meta" + ending, format));
  TRY(WriteItems(*items, options, prose, ticker, report));
  TRY(items->Close());
  report.files.push_back({items->path(), items->lines(), items->bytes()});
  ticker.Finish();
  return report;
}

}  // namespace connect::generators
