#include "connect/files/input_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/evp.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/text.h"
#include "connect/files/glob.h"

namespace connect::files {
namespace {

bool TakeEnding(std::string& name, std::string_view ending) {
  if (name.size() <= ending.size() ||
      name.compare(name.size() - ending.size(), ending.size(), ending) != 0)
    return false;
  name.resize(name.size() - ending.size());
  return true;
}

// Format and compression by the endings of the name: "x.jsonl.gz".
void DetectByName(InputFile& input) {
  std::string name = base::ToLower(input.path);
  if (TakeEnding(name, ".gz") || TakeEnding(name, ".gzip")) {
    input.compression = Compression::kGzip;
  } else if (TakeEnding(name, ".zst") || TakeEnding(name, ".zstd")) {
    input.compression = Compression::kZstd;
  }
  // A delimiter other than the default was asked for.
  if (input.delimiter == ',' && name.ends_with(".tsv")) input.delimiter = '\t';
  if (input.format != Format::kAuto) return;
  if (TakeEnding(name, ".jsonl") || TakeEnding(name, ".json") || TakeEnding(name, ".ndjson")) {
    input.format = Format::kJson;
  } else if (TakeEnding(name, ".csv") || TakeEnding(name, ".tsv")) {
    input.format = Format::kCsv;
  } else if (TakeEnding(name, ".parquet")) {
    input.format = Format::kParquet;
  }
}

// SHA-256, fed in pieces.
class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()) {
    CHECK(context_ != nullptr && EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1);
  }
  ~Digest() { EVP_MD_CTX_free(context_); }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void Add(std::string_view bytes) {
    CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
  }
  // The first 16 bytes in hexadecimal: enough to tell the versions of one file apart.
  std::string Finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned int size = 0;
    CHECK(EVP_DigestFinal_ex(context_, bytes.data(), &size) == 1 && size >= 16);
    std::string text;
    for (size_t i = 0; i < 16; ++i) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      text += kDigits[bytes[i] >> 4];
      text += kDigits[bytes[i] & 15];
    }
    return text;
  }

 private:
  EVP_MD_CTX* context_;
};

base::Result<void> AddBlock(env::ReadableFile& file, uint64_t offset, uint64_t size,
                            Digest& digest) {
  std::string buffer(std::min<uint64_t>(size, base::limits::kFileReadBytes), '\0');
  while (size > 0) {
    const size_t got =
        TRY(file.ReadAt(offset, buffer.data(), std::min<uint64_t>(size, buffer.size())));
    if (got == 0) return {};  // it became shorter meanwhile: another fingerprint, as it should be
    digest.Add(std::string_view(buffer).substr(0, got));
    offset += got;
    size -= got;
  }
  return {};
}

}  // namespace

std::string InputFile::Marker(const std::string& source) const {
  return "file:" + source + ":" + path + "#" + fingerprint;
}

InputFile DescribeInput(const LoadOptions& options, const std::string& path) {
  InputFile input;
  input.path = path;
  // One name for a file of the project, however the pattern was written.
  const std::string root = options.project_root + "/";
  if (root.size() > 1 && path.rfind(root, 0) == 0) input.path.erase(0, root.size());
  input.disk_path = JoinPath(options.project_root, path);
  input.format = options.format;
  input.delimiter = options.delimiter;
  DetectByName(input);
  return input;
}

base::Result<std::vector<InputFile>> FindInputs(env::Files& files, const LoadOptions& options) {
  std::vector<InputFile> inputs;
  for (const std::string& path : TRY(Glob(files, options.project_root, options.patterns))) {
    InputFile input = DescribeInput(options, path);
    if (input.format == Format::kAuto)
      return base::InvalidArgument(
          "cannot tell the format of '" + input.path + "' from its name",
          "Name it *.jsonl, *.csv or *.parquet (.gz and .zst may follow), or set 'format:'.");
    if (!inputs.empty() && inputs.front().format != input.format)
      return base::InvalidArgument(
          "'" + inputs.front().path + "' and '" + input.path + "' are of different formats",
          "Make two sources of them.");
    if (input.format == Format::kParquet && input.compression != Compression::kNone)
      return base::InvalidArgument("'" + input.path + "' is a compressed Parquet file",
                                   "Decompress it; Parquet is compressed inside.");
    input.size_bytes = TRY(files.Stat(input.disk_path)).size_bytes;
    inputs.push_back(std::move(input));
  }
  return inputs;
}

base::Result<void> AddFingerprint(env::Files& files, InputFile& input) {
  using base::limits::kFingerprintBlockBytes;
  using base::limits::kFingerprintBlocks;
  auto file = TRY(files.OpenRead(input.disk_path));
  input.size_bytes = TRY(file->Stat()).size_bytes;
  Digest digest;
  digest.Add(std::to_string(input.size_bytes) + "\n");
  if (input.size_bytes <= base::limits::kFingerprintWholeBytes) {
    TRY(AddBlock(*file, 0, input.size_bytes, digest));
  } else {
    const uint64_t last = input.size_bytes - kFingerprintBlockBytes;
    for (uint64_t i = 0; i < kFingerprintBlocks; ++i)
      TRY(AddBlock(*file, last / (kFingerprintBlocks - 1) * i, kFingerprintBlockBytes, digest));
    TRY(AddBlock(*file, last, kFingerprintBlockBytes, digest));
  }
  input.fingerprint = digest.Finish();
  return {};
}

base::Result<codec::PullBytes> OpenBytes(env::Files& files, const InputFile& input,
                                         uint64_t offset) {
  std::shared_ptr<env::ReadableFile> file = TRY(files.OpenRead(input.disk_path));
  codec::PullBytes raw = [file, offset](char* buffer, size_t size) mutable -> base::Result<size_t> {
    const size_t got = TRY(file->ReadAt(offset, buffer, size));
    offset += got;
    return got;
  };
  if (input.compression == Compression::kNone) return raw;
  CHECK(offset == 0);
  std::shared_ptr<codec::Decompressor> reader = input.compression == Compression::kGzip
                                                    ? codec::NewGzipReader(std::move(raw))
                                                    : codec::NewZstdReader(std::move(raw));
  return codec::PullBytes(
      [reader](char* buffer, size_t size) { return reader->Read(buffer, size); });
}

}  // namespace connect::files
