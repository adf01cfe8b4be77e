// ProjectHost: the project as its owner keeps it open: one workspace for all commands that see the
// same project files, opened when the first needs it. Owner; THREAD: any.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/embedded_log.h"
#include "base/clock.h"
#include "base/diagnostic.h"
#include "base/result.h"
#include "env/files.h"
#include "log/client.h"
#include "pipeline/graph.h"
#include "pipeline/project.h"
#include "pipeline/run.h"

namespace app {

class ProjectHost {
 public:
  // `files` and `clock` are borrowed for life.
  ProjectHost(env::Files* files, const base::Clock* clock, std::string root);
  ~ProjectHost();
  ProjectHost(const ProjectHost&) = delete;
  ProjectHost& operator=(const ProjectHost&) = delete;

  // A workspace, or what is wrong with the project's files (nullptr then).
  struct Opened {
    std::shared_ptr<pipeline::Workspace> workspace;
    std::vector<base::Diagnostic> diagnostics;  // warnings too
  };
  // Reads the files again each time; the workspace is the one before when nothing has changed.
  base::Result<Opened> Open(const pipeline::LoadProjectOptions& options);

  // The same for commands that only read tables: a mistake in a model must not keep a person from
  // the data that would explain it. With mistakes the workspace is the last good one of this
  // process, or one of the lake's tables alone; `degraded` says so.
  struct Readable {
    std::shared_ptr<pipeline::Workspace> workspace;
    std::vector<base::Diagnostic> diagnostics;
    bool degraded = false;
  };
  base::Result<Readable> OpenToRead(const pipeline::LoadProjectOptions& options);

  // Leave to change tables, for one command at a time. nullptr while another has it.
  class Permit {
   public:
    explicit Permit(ProjectHost* host) : host_(host) {}
    ~Permit();
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;

   private:
    ProjectHost* host_;
  };
  std::unique_ptr<Permit> TryPermit();

  // The project's embedded log, opened when the first command needs it and kept. ERRORS: those of
  // EmbeddedLog::Open. It lives as long as this.
  base::Result<EmbeddedLog*> OpenLog(const pipeline::BrokerSettings& settings);
  // The project's log for a command, embedded or of a cluster. What is wrong with the project's
  // files is in `diagnostics`, and the client is nullptr then.
  struct OpenedClient {
    std::unique_ptr<logs::Client> client;
    std::vector<base::Diagnostic> diagnostics;
  };
  base::Result<OpenedClient> OpenLogClient(const pipeline::LoadProjectOptions& options,
                                           logs::ClientOptions client);

  // True for the first who asks, until EndServing: one `up` at a time.
  [[nodiscard]] bool BeginServing() { return !serving_.exchange(true); }
  void EndServing() { serving_ = false; }

  [[nodiscard]] const std::string& root() const { return root_; }

 private:
  base::Result<std::shared_ptr<pipeline::Workspace>> OpenWorkspace(pipeline::Project project,
                                                                   pipeline::Graph graph);

  [[nodiscard]] std::string SpillFolder() const { return root_ + "/.tributary/tmp"; }

  env::Files* const files_;
  const base::Clock* const clock_;
  const std::string root_;
  std::mutex open_mutex_;  // held while a workspace opens: others want the same one
  std::string fingerprint_;
  std::shared_ptr<pipeline::Workspace> workspace_;
  int num_opened_ = 0;
  std::mutex log_mutex_;  // held while the log opens
  std::unique_ptr<EmbeddedLog> log_;
  std::atomic<bool> serving_ = false;
  std::mutex permit_mutex_;
  bool permit_given_ = false;
};

// All of a loaded and checked project that decides what its workspace is, as one text.
std::string Fingerprint(const pipeline::Project& project, const pipeline::Graph& graph);

}  // namespace app
