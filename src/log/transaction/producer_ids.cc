#include "log/transaction/producer_ids.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>
#include <utility>

#include "base/limits.h"

namespace logs {
namespace {

constexpr std::string_view kFileName = "producer_ids";
constexpr std::string_view kPrefix = "tributary producer ids 1\nreserved below ";

}  // namespace

ProducerIds::ProducerIds(env::Files* files, std::string path, int64_t next)
    : files_(files), path_(std::move(path)), next_(next), reserved_end_(next) {}

base::Result<std::unique_ptr<ProducerIds>> ProducerIds::Open(env::Files* files,
                                                             const std::string& folder) {
  std::string path = folder + "/" + std::string(kFileName);
  int64_t next = 0;
  const auto text = env::ReadWhole(*files, path, base::limits::kProducerIdsFileBytesMax);
  if (text.ok()) {
    std::string_view rest = *text;
    if (!rest.starts_with(kPrefix) || !rest.ends_with('\n')) {
      return base::Corruption("'" + path + "' is no file of producer ids");
    }
    rest.remove_prefix(kPrefix.size());
    rest.remove_suffix(1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), next);
    if (error != std::errc() || end != rest.data() + rest.size() || next < 0) {
      return base::Corruption("'" + path + "' is no file of producer ids");
    }
  } else if (text.error().code() != base::Code::kNotFound) {
    return text.error();
  }
  return std::unique_ptr<ProducerIds>(new ProducerIds(files, std::move(path), next));
}

base::Result<ProducerId> ProducerIds::Take() {
  const std::lock_guard lock(mutex_);
  if (next_ >= reserved_end_) {
    const int64_t end = next_ + base::limits::kProducerIdsBlock;
    TRY(env::WriteWhole(*files_, path_, std::string(kPrefix) + std::to_string(end) + "\n"));
    reserved_end_ = end;
  }
  return ProducerId(next_++);
}

void ProducerIds::Skip(ProducerId id) {
  const std::lock_guard lock(mutex_);
  next_ = std::max(next_, id.get() + 1);
}

}  // namespace logs
