// Any bytes as tributary.yaml, .env and a model: every mistake is a diagnostic that can be shown.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/clock.h"
#include "env/memory_files.h"
#include "pipeline/project.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  base::ManualClock clock(0);
  env::MemoryFiles files(&clock);
  CHECK(files.CreateDirectories("/p/models/gold").ok());
  CHECK(env::WriteWhole(files, "/p/tributary.yaml", bytes).ok());
  CHECK(env::WriteWhole(files, "/p/.env", bytes).ok());
  CHECK(env::WriteWhole(files, "/p/models/gold/a.sql", bytes).ok());
  const std::string front_matter = "/* ---\n" + std::string(bytes) + "\n--- */\nSELECT 1";
  CHECK(env::WriteWhole(files, "/p/models/gold/b.sql", front_matter).ok());
  const auto loaded = pipeline::LoadProject(files, "/p", {});
  CHECK(loaded.ok());
  CHECK(loaded->project.has_value() || !base::RenderAll(loaded->diagnostics).empty());
  return 0;
}
