// `tributary up`: the project's log, served until somebody asks to stop.
#include <condition_variable>
#include <mutex>
#include <utility>

#include <sys/resource.h>

#include "app/broker.h"
#include "app/commands.h"
#include "app/host.h"
#include "base/text.h"
#include "kafka/client/cluster_url.h"
#include "serve/owner.h"

namespace app {
namespace {

// A connection takes two descriptors and a segment three; the usual soft limit of 1,024 is for
// programs that use select().
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

bool IsOff(const std::vector<std::string>& addresses) {
  return addresses.size() == 1 && (addresses[0] == "off" || addresses[0] == "none");
}

// What the command line says goes before what tributary.yaml says.
base::Result<void> ApplyOptions(const CommandLine& line, pipeline::BrokerSettings& settings) {
  if (line.Has("allow-anonymous")) settings.allow_anonymous = true;
  if (line.Has("kafka-listen")) {
    const auto addresses = line.All("kafka-listen");
    settings.kafka.clear();
    if (!IsOff(addresses)) {
      for (const std::string& address : addresses) {
        settings.kafka.push_back(TRY(pipeline::ParseKafkaListen(address)));
      }
    }
  }
  if (line.Has("http-listen")) {
    const auto addresses = line.All("http-listen");
    settings.http.clear();
    if (!IsOff(addresses)) {
      for (const std::string& address : addresses) {
        settings.http.push_back(TRY(env::ParseHostPort(address)));
      }
    }
  }
  for (const pipeline::Exposure& wrong : pipeline::CheckListeners(settings)) return wrong.error;
  return {};
}

void WaitForStop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  (void)never.wait(lock, stop, [] { return false; });
}

std::string OwnerProcess(const std::string& root) {
  const auto owner = serve::FindOwner(root);
  if (!owner.ok() || !owner->has_value()) return "";
  return " (process " + std::to_string((*owner)->pid) + ")";
}

int Serve(CommandContext& context, const pipeline::Project& project, int64_t begun_ms) {
  pipeline::BrokerSettings settings = project.broker;
  if (!settings.log_url.empty()) {
    const auto url = kafka::client::ParseClusterUrl(settings.log_url);
    return context.Fail(base::InvalidArgument(
        "the log of this project is " + (url.ok() ? url->ToString() : "elsewhere") +
            ": there is none here to serve",
        "Write 'log: embedded' in tributary.yaml, or choose another --target."));
  }
  const auto applied = ApplyOptions(context.line, settings);
  if (!applied.ok()) return context.Fail(applied.error());
  RaiseFileLimit();
  const auto log = context.host->OpenLog(settings);
  if (!log.ok()) return context.Fail(log.error());
  constexpr uint64_t kDefaultPercent = 60;
  const uint64_t memory = project.memory_bytes_max != 0
                              ? project.memory_bytes_max
                              : base::MachineMemoryBytes() / 100 * kDefaultPercent;
  const auto broker = Broker::Start({.log = *log, .settings = settings, .memory_bytes = memory});
  if (!broker.ok()) return context.Fail(broker.error());
  const std::string took = base::FormatDurationMs(context.clock.MonotonicMs() - begun_ms);
  context.Say(context.err_style().Green("up") + ": " + (*broker)->Describe() + " (ready in " +
              took + ")\nCtrl-C stops; the log is in " + settings.log_folder);
  WaitForStop(context.stop);
  return kExitDone;
}

}  // namespace

int RunUp(CommandContext& context) {
  const int64_t begun_ms = context.clock.MonotonicMs();
  if (!context.host->BeginServing()) {
    return context.Fail(base::Conflict(
        "the project is up already" + OwnerProcess(context.host->root()),
        "Other commands work while it is; Ctrl-C in its terminal stops it."));
  }
  // Models are read and not bound: the engine would take longer to open than all the rest.
  const auto loaded =
      pipeline::LoadProject(context.files, context.host->root(), context.load_options());
  int code = kExitUsage;
  if (!loaded.ok()) {
    code = context.Fail(loaded.error());
  } else {
    context.Show(loaded->diagnostics);
    if (loaded->project) code = Serve(context, *loaded->project, begun_ms);
  }
  context.host->EndServing();
  return code;
}

}  // namespace app
