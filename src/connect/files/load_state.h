// What a lake table says about the files it holds: the transaction markers of its commits.
// Marker of a file: app id "file:<source>:<path>#<fingerprint>", version the generation in which it
// was loaded. Generation: app id "files:<source>"; a full refresh begins the next one, so that what
// was loaded before no longer counts. docs/files.md, "Exactly once". Value type; THREAD: any.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "connect/files/input_file.h"
#include "lake/actions.h"
#include "lake/table.h"

namespace connect::files {

class LoadState {
 public:
  // A table that does not exist holds nothing. ERRORS: those of lake::Table::Load.
  static base::Result<LoadState> Read(lake::Table& table, const std::string& source);

  [[nodiscard]] int64_t generation() const { return generation_; }
  // Is this content of the file in the table, loaded in `generation`?
  [[nodiscard]] bool Holds(const InputFile& input, int64_t generation) const;
  // Is another content of the file in it?
  [[nodiscard]] bool HoldsOther(const InputFile& input, int64_t generation) const;

 private:
  std::string source_;
  int64_t generation_ = 0;
  std::map<std::string, int64_t> markers_;
};

// The markers that a commit of these files carries.
[[nodiscard]] std::vector<lake::Txn> MarkersOf(const std::vector<InputFile>& inputs,
                                               const std::string& source, int64_t generation);

// The marker that the first commit of a generation carries beside them, and only that one: the lake
// takes each version of an application once.
[[nodiscard]] lake::Txn GenerationOf(const std::string& source, int64_t generation);

}  // namespace connect::files
