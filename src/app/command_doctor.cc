// `tributary doctor`: would a run work here? Looks at the machine and at the project's
// surroundings, changes nothing but a file of its own that it removes again.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/query.h"
#include "app/table_format.h"
#include "base/text.h"
#include "sql/engine.h"

namespace app {
namespace {

enum class Health { kGood, kNote, kBad };

struct Finding {
  Health health;
  std::string what;
  std::string found;
  std::string hint;  // for kNote and kBad
};

Finding ThisProgram() {
  utsname system{};
  (void)uname(&system);
  return {Health::kGood, "program",
          std::string("tributary " TRIBUTARY_VERSION " on ") + system.sysname + " " +
              system.release + " " + system.machine,
          ""};
}

Finding Disk(const std::string& folder) {
  struct statvfs disk {};
  if (statvfs(folder.c_str(), &disk) != 0) {
    return {Health::kBad, "disk", base::FromErrno(errno, "cannot look at " + folder).message(), ""};
  }
  const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
  constexpr uint64_t kLittle = uint64_t{2} << 30;
  constexpr uint64_t kTooLittle = uint64_t{100} << 20;
  Health health = Health::kGood;
  if (free < kLittle) health = Health::kNote;
  if (free < kTooLittle) health = Health::kBad;
  return {health, "disk", base::FormatBytes(free) + " free for " + folder,
          "A run needs room for the new version of each table beside the one before."};
}

// The time of a write that is made to survive power loss, the median of several.
Finding SyncTime(env::Files& files, const base::Clock& clock, const std::string& folder) {
  const std::string path = folder + "/.tributary-doctor-" + std::to_string(getpid());
  const auto measure = [&]() -> base::Result<int64_t> {
    constexpr int kTimes = 9;
    const auto file = TRY(files.OpenWrite(path, env::WriteMode::kTruncate));
    std::vector<int64_t> times;
    for (int i = 0; i < kTimes; ++i) {
      const int64_t begin = clock.MonotonicMs();
      TRY(file->Append("doctor\n"));
      TRY(file->Sync());
      times.push_back(clock.MonotonicMs() - begin);
    }
    TRY(file->Close());
    std::nth_element(times.begin(), times.begin() + kTimes / 2, times.end());
    return times[kTimes / 2];
  };
  const auto median = measure();
  (void)files.Remove(path);
  if (!median.ok()) {
    return {Health::kBad, "writing", median.error().message(), median.error().hint()};
  }
  constexpr int64_t kSlowMs = 50;
  return {*median > kSlowMs ? Health::kNote : Health::kGood, "writing",
          folder + " is writable, a durable write takes " +
              (*median == 0 ? "under 1 ms" : base::FormatDurationMs(*median)),
          "A commit needs a few of them; a local disk is faster than a network's."};
}

Finding OpenFiles() {
  rlimit limit{};
  (void)getrlimit(RLIMIT_NOFILE, &limit);
  constexpr rlim_t kLow = 1'024;
  const bool low = limit.rlim_cur < kLow;
  return {low ? Health::kNote : Health::kGood, "open files",
          "at most " + std::to_string(limit.rlim_cur), "Raise it with `ulimit -n 4096`."};
}

// The first number of a file of /proc or /sys; nullopt for "max" and what is absent.
std::optional<uint64_t> ReadNumber(const std::string& path, const std::string& key) {
  std::ifstream in(path);
  std::string word;
  while (!key.empty() && in >> word && word != key) {
  }
  uint64_t number = 0;
  return in >> number ? std::optional<uint64_t>(number) : std::nullopt;
}

Finding Memory() {
  const uint64_t total = ReadNumber("/proc/meminfo", "MemTotal:").value_or(0) * 1024;
  const uint64_t available = ReadNumber("/proc/meminfo", "MemAvailable:").value_or(0) * 1024;
  auto group = ReadNumber("/sys/fs/cgroup/memory.max", "");
  if (!group) group = ReadNumber("/sys/fs/cgroup/memory/memory.limit_in_bytes", "");
  std::string text = base::FormatBytes(total) + ", " + base::FormatBytes(available) + " available";
  uint64_t usable = total;
  if (group && *group < total) {
    usable = *group;
    text += ", the control group allows " + base::FormatBytes(*group);
  }
  constexpr uint64_t kLittle = uint64_t{1} << 30;
  return {usable < kLittle ? Health::kNote : Health::kGood, "memory", text,
          "Queries larger than memory spill to disk and are slower."};
}

// The engine itself is opened: a library of the wrong version shows here, not in a run.
Finding Engine(const std::string& spill) {
  const auto version = [&]() -> base::Result<std::string> {
    sql::EngineOptions options;
    options.temp_directory = spill;
    const auto engine = TRY(sql::Engine::Open(options));
    const auto connection = TRY(engine->Connect());
    const auto rows = TRY(CollectRows(*connection, "SELECT version()"));
    if (rows.empty() || rows[0].empty()) return base::Internal("the engine has no version");
    return rows[0][0].value_or("");
  }();
  if (!version.ok()) {
    return {Health::kBad, "DuckDB", version.error().message(), version.error().hint()};
  }
  return {Health::kGood, "DuckDB", *version, ""};
}

Finding PostgresClient() {
  void* const library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return {Health::kNote, "libpq", "not found",
            "Needed to publish to PostgreSQL only: install the package libpq5."};
  }
  dlclose(library);
  return {Health::kGood, "libpq", "found", ""};
}

Finding ClockNow(const base::Clock& clock) {
  constexpr int64_t kBuilt = 1'767'225'600'000;  // 2026-01-01: before this program existed
  const int64_t now = clock.NowUnixMs();
  return {now < kBuilt ? Health::kBad : Health::kGood, "clock", base::FormatUtc(now),
          "Set the clock: commits and run records carry the time."};
}

Finding Owner(const std::string& root) {
  const auto owner = serve::FindOwner(root);
  if (!owner.ok()) return {Health::kBad, "owner", owner.error().message(), owner.error().hint()};
  if (!owner->has_value()) return {Health::kGood, "owner", "nobody uses the project now", ""};
  return {Health::kGood, "owner",
          "process " + std::to_string((*owner)->pid) + ", `" + (*owner)->command + "`", ""};
}

Finding ProjectFiles(CommandContext& context, const std::string& root) {
  const auto loaded = pipeline::LoadProject(context.files, root, context.load_options());
  if (!loaded.ok()) {
    return {Health::kBad, "project", loaded.error().message(), loaded.error().hint()};
  }
  if (!loaded->project) {
    return {Health::kBad, "project", root + " has mistakes", "`tributary check` shows them."};
  }
  return {Health::kGood, "project", loaded->project->name + " in " + root, ""};
}

std::string Mark(Health health, const Style& style) {
  switch (health) {
    case Health::kGood:
      return style.Green("ok  ");
    case Health::kNote:
      return style.Yellow("note");
    case Health::kBad:
      return style.Red("BAD ");
  }
  return "";
}

void PrintFindings(const CommandContext& context, const std::vector<Finding>& findings) {
  if (context.format() != OutputFormat::kTable) {
    static constexpr std::array<std::string_view, 3> kWords = {"ok", "note", "bad"};
    std::vector<Row> rows;
    for (const Finding& one : findings) {
      const bool good = one.health == Health::kGood;
      rows.push_back({std::string(kWords[static_cast<size_t>(one.health)]), one.what, one.found,
                      good || one.hint.empty() ? Cell() : Cell(one.hint)});
    }
    PrintRows(context, {{.name = "status"}, {.name = "what"}, {.name = "found"}, {.name = "hint"}},
              rows);
    return;
  }
  std::string text;
  for (const Finding& one : findings) {
    std::string what = one.what;
    what.resize(11, ' ');
    text += Mark(one.health, context.out_style()) + "  " + what + one.found + "\n";
    if (one.health != Health::kGood && !one.hint.empty()) text += "      hint: " + one.hint + "\n";
  }
  context.output.Out(text);
}

}  // namespace

int RunDoctor(CommandContext& context) {
  std::vector<Finding> findings = {ThisProgram()};
  const auto root = ProjectRoot(context.files, context.line, context.request);
  const std::string folder = root.ok() ? *root : context.request.working_directory;
  if (root.ok()) {
    findings.push_back(ProjectFiles(context, *root));
    findings.push_back(Owner(*root));
  } else {
    const bool asked = context.line.Has("project");
    findings.push_back({asked ? Health::kBad : Health::kNote, "project", root.error().message(),
                        root.error().hint()});
  }
  findings.push_back(Disk(folder));
  findings.push_back(SyncTime(context.files, context.clock, folder));
  findings.push_back(OpenFiles());
  findings.push_back(Memory());
  // Opening the engine uses no disk; the folder would be made by a query that spills.
  findings.push_back(Engine(folder + "/.tributary/tmp/doctor"));
  findings.push_back(PostgresClient());
  findings.push_back(ClockNow(context.clock));
  PrintFindings(context, findings);
  const bool bad = std::any_of(findings.begin(), findings.end(),
                               [](const Finding& one) { return one.health == Health::kBad; });
  return bad ? kExitFailed : kExitDone;
}

}  // namespace app
