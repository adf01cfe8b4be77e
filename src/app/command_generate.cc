// `tributary generate`: sample data from the generators of the connect room.
#include <algorithm>
#include <map>
#include <utility>

#include "app/commands.h"
#include "app/table_format.h"
#include "base/text.h"
#include "connect/generators/amazon_reviews.h"

namespace app {
namespace {

using connect::generators::AmazonReviewsOptions;
using connect::generators::GenerateReport;

AmazonReviewsOptions OptionsOf(const CommandContext& context) {
  const CommandLine& line = context.line;
  AmazonReviewsOptions options;
  options.reviews = line.Count("reviews", options.reviews);
  options.products = line.Count("products", options.products);
  options.seed = static_cast<uint64_t>(line.Count("seed", 1));
  options.out_dir = context.Path(line.Text("out", "data"));
  options.gzip = line.Has("gzip");
  options.bad_rate = line.Share("bad-rate", options.bad_rate);
  options.null_rate = line.Share("null-rate", options.null_rate);
  options.duplicate_rate = line.Share("duplicate-rate", options.duplicate_rate);
  options.same_key_rate = line.Share("same-key-rate", options.same_key_rate);
  options.missing_item_rate = line.Share("missing-item-rate", options.missing_item_rate);
  options.null_item_rate = line.Share("null-item-rate", options.null_item_rate);
  options.odd_price_rate = line.Share("odd-price-rate", options.odd_price_rate);
  options.repeated_item_rate = line.Share("repeated-item-rate", options.repeated_item_rate);
  return options;
}

// One line that is written over, on a terminal only.
class Percent {
 public:
  Percent(const CommandContext& context, bool shown) : context_(context), shown_(shown) {}
  void Show(int64_t done, int64_t total) {
    const int64_t percent = total > 0 ? std::min<int64_t>(100, done * 100 / total) : 0;
    if (!shown_ || percent == last_) return;
    last_ = percent;
    context_.output.Err("\r" + std::to_string(percent) + "% of " + base::FormatCount(total) +
                        " lines");
  }
  void Clear() {
    if (last_ >= 0) context_.output.Err("\r\033[K");
  }

 private:
  const CommandContext& context_;
  const bool shown_;
  int64_t last_ = -1;
};

void AddKinds(std::vector<Row>& rows, const std::string& of,
              const std::map<std::string, int64_t>& kinds) {
  for (const auto& [kind, count] : kinds) rows.push_back({of, kind, std::to_string(count)});
}

}  // namespace

int RunGenerateAmazonReviews(CommandContext& context) {
  const int64_t begin = context.clock.MonotonicMs();
  const bool live =
      context.request.err_terminal && context.err_style().colored() && !context.quiet();
  Percent percent(context, live);
  const auto report = connect::generators::GenerateAmazonReviews(
      context.files, OptionsOf(context),
      [&](int64_t done, int64_t total) { percent.Show(done, total); });
  percent.Clear();
  if (!report.ok()) return context.Fail(report.error());

  for (const GenerateReport::File& file : report->files) {
    context.Say(file.path + "  " + base::FormatCount(file.lines) + " lines  " +
                base::FormatBytes(static_cast<uint64_t>(file.bytes)));
  }
  std::vector<Row> rows;
  AddKinds(rows, "reviews", report->reviews_by_kind);
  AddKinds(rows, "items", report->items_by_kind);
  rows.push_back({"products", "without an item", std::to_string(report->products_without_item)});
  PrintRows(context, {{.name = "of"}, {.name = "kind"}, {.name = "count", .number = true}}, rows);
  context.Say("made in " + base::FormatDurationMs(context.clock.MonotonicMs() - begin));
  return kExitDone;
}

}  // namespace app
