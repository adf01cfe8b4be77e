#include "app/sql_input.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"

namespace app {
namespace {

// Not through env::Files: a pipe has no size and no offsets.
base::Result<std::string> ReadToEnd(int descriptor, const std::string& name) {
  std::string text;
  std::array<char, 65'536> buffer;
  for (;;) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count < 0) {
      if (errno == EINTR) continue;
      return base::FromErrno(errno, "cannot read " + name);
    }
    text.append(buffer.data(), static_cast<size_t>(count));
    if (text.size() > base::limits::kProjectFileBytesMax) {
      return base::InvalidArgument(name + " is larger than any SQL text should be",
                                   "Data comes in as a source of tributary.yaml.");
    }
  }
}

base::Result<std::string> ReadFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const base::Error why = base::FromErrno(errno, "cannot open " + path);
    return base::InvalidArgument(why.message(), why.hint());
  }
  auto text = ReadToEnd(descriptor, path);
  close(descriptor);
  return text;
}

}  // namespace

base::Result<SqlInput> ReadSqlInput(const CommandLine& line, const serve::OwnerRequest& request) {
  const bool has_query = line.Has("QUERY");
  if (line.Has("file")) {
    if (has_query) {
      return base::InvalidArgument("both a query and --file were given", "Give one of them.");
    }
    const std::string file = line.Text("file");
    const std::string path = file[0] == '/' ? file : request.working_directory + "/" + file;
    return SqlInput{.text = TRY(ReadFile(path))};
  }
  if (has_query && line.Text("QUERY") != "-") return SqlInput{.text = line.Text("QUERY")};
  if (!has_query && isatty(STDIN_FILENO) == 1) return SqlInput{.text = "", .interactive = true};
  return SqlInput{.text = TRY(ReadToEnd(STDIN_FILENO, "standard input"))};
}

}  // namespace app
