// File pruning: which files of a snapshot can hold a row that satisfies some simple comparisons.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lake/actions.h"
#include "lake/table.h"

namespace lake {

enum class CompareOp : uint8_t {
  kEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kIsNull,
  kIsNotNull
};

// `column op value`; the values are the text forms of the protocol's partition serialisation
// (dates "2026-11-21", timestamps "2026-11-21 04:10:00.123456", numbers in decimal), several for
// kIn, none for the null tests. A conjunction is a vector of these.
struct Comparison {
  std::string column;
  CompareOp op;
  std::vector<std::string> values;
};

// Indices into snapshot.files() of the files that may match all comparisons. Never drops a file
// that could: an unknown type, missing statistics or a truncated maximum keep the file.
[[nodiscard]] std::vector<size_t> PruneFiles(const Snapshot& snapshot,
                                             const std::vector<Comparison>& comparisons);

}  // namespace lake
