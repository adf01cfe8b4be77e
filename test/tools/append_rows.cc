// append_rows FOLDER COUNT QUERY: appends the rows of a query COUNT times to the Delta table in
// FOLDER, one commit each; `$n` in the query is the number of the commit. A second writer for
// tests that need one. Prints nothing; exit 0 when every commit stands.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <unistd.h>

#include "base/clock.h"
#include "env/files.h"
#include "lake/table.h"
#include "object/local_store.h"
#include "sql/engine.h"

namespace {

base::Result<void> Append(const std::string& folder, int count, const std::string& query) {
  const auto files = env::NewRealFiles();
  const base::SystemClock clock;
  sql::EngineOptions options;
  options.temp_directory =
      (std::filesystem::temp_directory_path() / ("append_rows-" + std::to_string(getpid())))
          .string();
  options.threads = 1;
  const auto engine = TRY(sql::Engine::Open(options));
  const auto connection = TRY(engine->Connect());
  lake::Table table(std::make_shared<object::LocalStore>(files.get(), folder),
                    &engine->checkpoint_files(), &clock);
  for (int n = 0; n < count; ++n) {
    std::string text = query;
    for (size_t at = text.find("$n"); at != std::string::npos; at = text.find("$n", at)) {
      text.replace(at, 2, std::to_string(n));
    }
    TRY(connection->WriteTable(table, text, {}));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: append_rows FOLDER COUNT QUERY\n");
    return 2;
  }
  const auto appended = Append(argv[1], atoi(argv[2]), argv[3]);
  if (appended.ok()) return 0;
  fprintf(stderr, "error: %s\n", appended.error().ToString().c_str());
  return 1;
}
