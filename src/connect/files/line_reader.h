// LineReader: the records of a stream of bytes, one a line, in memory bounded whatever the lines.
// In CSV mode a line end between quotes belongs to the record. Owner; THREAD: one at a time.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/decompress.h"

namespace connect::files {

struct Line {
  std::string_view text;  // without its line end (LF or CR LF); valid until the next call
  uint64_t offset = 0;    // of its first byte in the (decompressed) file
  int64_t number = 0;     // from 1, counted from where the reader started
  uint64_t bytes = 0;     // its true length; text is cut to limits::kRejectedLineBytesMax
  bool too_long = false;  // above limits::kLineBytesMax
  bool blank = false;     // nothing, or (not in CSV mode) white space only
};

struct LineRange {
  uint64_t begin = 0;  // where the bytes pulled start in the file
  uint64_t end =
      std::numeric_limits<uint64_t>::max();  // lines that start here or later are others'
  std::optional<char> csv_delimiter;         // CSV mode
};

class LineReader {
 public:
  // For begin > 0 the bytes must start one before it, so that a line end there is seen: a line
  // belongs to the range that holds its first byte. REQUIRES: a file's first range is longer than a
  // byte order mark.
  LineReader(codec::PullBytes pull, LineRange range);

  // False at the end of the range or of the bytes. A byte order mark at the file's start is
  // skipped.
  base::Result<bool> Next(Line& line);

  // Lines read so far, blank ones and those inside quotes included.
  [[nodiscard]] int64_t lines() const { return lines_; }

 private:
  base::Result<bool> Start();
  base::Result<bool> Fill();  // more bytes behind the kept ones; false at the end of the input
  // The position behind the record that starts at begin_, scanning from scan_ on; nullopt when the
  // bytes there do not hold its end.
  std::optional<size_t> FindEnd();
  base::Result<bool> Cut(Line& line);
  [[nodiscard]] uint64_t OffsetOf(size_t position) const { return buffer_offset_ + position; }

  codec::PullBytes pull_;
  LineRange range_;
  std::vector<char> buffer_;
  std::vector<char> kept_;      // the beginning of a line that is too long
  uint64_t buffer_offset_ = 0;  // of buffer_[0] in the file
  size_t begin_ = 0;            // of the record not yet answered
  size_t scan_ = 0;             // its bytes before here hold no end
  size_t filled_ = 0;
  int64_t lines_ = 0;
  int64_t ends_inside_ = 0;  // line ends between the quotes of this record
  bool in_quotes_ = false;
  bool at_cell_start_ = true;
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace connect::files
