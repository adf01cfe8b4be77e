// InputFile: one file to load: what it is, by its name, and which content it has, by a fingerprint.
// Value type. Reading is by functions of any thread; BLOCKS.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/decompress.h"
#include "connect/files/load.h"
#include "env/files.h"

namespace connect::files {

enum class Compression { kNone, kGzip, kZstd };

struct InputFile {
  std::string path;       // as reports and reject rows have it: relative to the project
  std::string disk_path;  // as env::Files takes it
  uint64_t size_bytes = 0;
  Format format = Format::kJson;  // never kAuto
  Compression compression = Compression::kNone;
  char delimiter = ',';     // CSV
  std::string fingerprint;  // of size and content, see docs/files.md

  // The name of the file in the transaction markers of the tables that hold it.
  [[nodiscard]] std::string Marker(const std::string& source) const;
};

// The files of the patterns, all of one format, in byte order; without fingerprints.
// ERRORS: those of Glob; kInvalidArgument: formats mixed, or not to be told from a name.
base::Result<std::vector<InputFile>> FindInputs(env::Files& files, const LoadOptions& options);

// What a path is by its name alone; format kAuto when the name does not tell.
[[nodiscard]] InputFile DescribeInput(const LoadOptions& options, const std::string& path);

// Reads the size and parts of the content: all of a file up to limits::kFingerprintWholeBytes, of a
// larger one its beginning, its end and blocks evenly between.
base::Result<void> AddFingerprint(env::Files& files, InputFile& input);

// The bytes of a file from `offset` on, decompressed. REQUIRES: offset is 0 for compressed files.
// The stream owns what it reads from; the caller adds the file's name to its errors.
base::Result<codec::PullBytes> OpenBytes(env::Files& files, const InputFile& input,
                                         uint64_t offset);

}  // namespace connect::files
