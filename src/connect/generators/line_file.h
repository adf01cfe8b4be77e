// LineFile: a text file written line by line, plain or gzip, that appears under its name only once
// it is whole. Owner; THREAD: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "env/files.h"

namespace connect::generators {

class LineFile {
 public:
  enum class Format { kPlain, kGzip };

  // `files` is borrowed for life. BLOCKS: all of it. ERRORS: those of `files`.
  static base::Result<std::unique_ptr<LineFile>> Create(env::Files& files,
                                                        const std::string& directory,
                                                        const std::string& name, Format format);
  virtual ~LineFile() = default;  // without Close nothing appears
  // `line` ends in a line feed.
  virtual base::Result<void> Append(std::string_view line) = 0;
  // ENSURES: the file stands under its name, replacing what was there.
  virtual base::Result<void> Close() = 0;

  [[nodiscard]] virtual const std::string& path() const = 0;
  [[nodiscard]] virtual int64_t lines() const = 0;
  [[nodiscard]] virtual int64_t bytes() const = 0;  // on disk; final after Close
};

}  // namespace connect::generators
