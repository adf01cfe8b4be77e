#include "connect/files/line_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/limits.h"

namespace connect::files {
namespace {

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

LineReader::LineReader(codec::PullBytes pull, LineRange range)
    : pull_(std::move(pull)), range_(range) {}

base::Result<bool> LineReader::Fill() {
  if (ended_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, filled_ - begin_);
    buffer_offset_ += begin_;
    scan_ -= begin_;
    filled_ -= begin_;
    begin_ = 0;
  }
  // Past the range's end only the rest of one line is wanted, so the pieces are small there.
  const uint64_t at = OffsetOf(filled_);
  const uint64_t wanted = at < range_.end
                              ? std::min<uint64_t>(range_.end - at, base::limits::kFileReadBytes)
                              : base::limits::kLineTailBytes;
  const size_t piece = std::max<size_t>(static_cast<size_t>(wanted), base::limits::kLineTailBytes);
  if (buffer_.size() < filled_ + piece) buffer_.resize(filled_ + piece);
  const size_t got = TRY(pull_(buffer_.data() + filled_, piece));
  filled_ += got;
  ended_ = got == 0;
  return !ended_;
}

base::Result<bool> LineReader::Start() {
  started_ = true;
  if (range_.begin > 0) {
    buffer_offset_ = range_.begin - 1;
    // The tail of a line that began before; one that fills the whole range leaves nothing here.
    while (true) {
      scan_ = begin_;
      if (begin_ == filled_ && !TRY(Fill())) return false;
      const char* const from = buffer_.data() + begin_;
      const void* const end = std::memchr(from, '\n', filled_ - begin_);
      if (end != nullptr) {
        begin_ += static_cast<size_t>(static_cast<const char*>(end) - from) + 1;
        break;
      }
      begin_ = filled_;
      if (OffsetOf(begin_) >= range_.end) return false;
    }
  } else {
    while (filled_ < 3 && TRY(Fill())) {
    }
    if (filled_ >= 3 && std::memcmp(buffer_.data(), "\xEF\xBB\xBF", 3) == 0) begin_ = 3;
  }
  scan_ = begin_;
  return true;
}

std::optional<size_t> LineReader::FindEnd() {
  if (!range_.csv_delimiter.has_value()) {
    const void* const end = std::memchr(buffer_.data() + scan_, '\n', filled_ - scan_);
    if (end == nullptr) {
      scan_ = filled_;
      return std::nullopt;
    }
    return static_cast<size_t>(static_cast<const char*>(end) - buffer_.data()) + 1;
  }
  for (; scan_ < filled_; ++scan_) {
    const char c = buffer_[scan_];
    if (in_quotes_) {
      // A doubled quote closes and opens again at once.
      if (c == '"') in_quotes_ = false;
      if (c == '\n') ++ends_inside_;
      at_cell_start_ = c == '"';  // so that the second of two quotes opens
      continue;
    }
    if (c == '\n') return scan_ + 1;
    if (c == '"' && at_cell_start_) {
      in_quotes_ = true;
      continue;
    }
    at_cell_start_ = c == *range_.csv_delimiter;
  }
  return std::nullopt;
}

base::Result<bool> LineReader::Next(Line& line) {
  if (!started_ && !TRY(Start())) {
    begin_ = filled_;
    ended_ = true;
    return false;
  }
  if (OffsetOf(begin_) >= range_.end) return false;
  in_quotes_ = false;
  at_cell_start_ = true;
  ends_inside_ = 0;
  scan_ = begin_;
  kept_ = {};
  std::optional<size_t> past;
  while (!(past = FindEnd()).has_value()) {
    if (filled_ - begin_ > base::limits::kRejectedLineBytesMax + 2) return Cut(line);
    if (!TRY(Fill())) break;
  }
  if (!past.has_value() && begin_ == filled_) return false;
  size_t end = past.has_value() ? *past - 1 : filled_;
  if (end > begin_ && buffer_[end - 1] == '\r') --end;
  line.text = std::string_view(buffer_.data() + begin_, end - begin_);
  line.offset = OffsetOf(begin_);
  line.number = lines_ + 1;
  line.bytes = line.text.size();
  line.too_long = line.bytes > base::limits::kLineBytesMax;
  line.text = line.text.substr(0, base::limits::kRejectedLineBytesMax);
  // White space may be a cell of a CSV file with one column.
  line.blank = range_.csv_delimiter.has_value() ? line.text.empty() : IsBlank(line.text);
  lines_ += 1 + ends_inside_;
  begin_ = past.value_or(filled_);
  return true;
}

// Keeps the first bytes and reads on to the line's end without keeping more.
base::Result<bool> LineReader::Cut(Line& line) {
  kept_.assign(buffer_.data() + begin_,
               buffer_.data() + begin_ + base::limits::kRejectedLineBytesMax);
  line.offset = OffsetOf(begin_);
  line.number = lines_ + 1;
  std::optional<size_t> past;
  while (!past.has_value()) {
    begin_ = scan_ = filled_;
    if (!TRY(Fill())) break;
    past = FindEnd();
  }
  begin_ = past.value_or(filled_);
  line.bytes = OffsetOf(begin_) - line.offset - (past.has_value() ? 1 : 0);
  line.too_long = true;
  line.blank = false;
  lines_ += 1 + ends_inside_;
  line.text = std::string_view(kept_.data(), kept_.size());
  return true;
}

}  // namespace connect::files
