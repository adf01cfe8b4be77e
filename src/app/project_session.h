// ProjectSession: the commands of one project, run from this process: in itself once it owns the
// project (and then for other processes too), else in the process that does. Owner; THREAD: one.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "app/context.h"
#include "app/host.h"
#include "serve/owner.h"

namespace app {

class ProjectSession {
 public:
  // Whether others' long commands (run) may run here: yes in a run or a shell, no in a query, whose
  // process would then stay long after its answer. Those that `up` serves stop when it does.
  enum class Guests { kAny, kShort, kServed };

  struct Options {
    std::string root;
    std::string command;  // "tributary run", for the messages of others
    Guests guests = Guests::kShort;
    bool quiet = false;
  };

  // `files`, `clock` and `messages` are borrowed for life.
  ProjectSession(Options options, env::Files* files, const base::Clock* clock,
                 serve::OutputSink* messages);
  // Finishes others' commands that were taken, saying so.
  ~ProjectSession();

  // The exit code of the command, or why it could not run.
  // ERRORS: kUnavailable: another process holds the project and does not answer; those of serve.
  base::Result<int> Run(const serve::OwnerRequest& request, serve::OutputSink& output,
                        std::stop_token stop);

 private:
  int RunHere(const serve::OwnerRequest& request, serve::OutputSink& output, std::stop_token stop);
  [[nodiscard]] bool Accepts(const serve::OwnerRequest& request, bool ending) const;
  [[nodiscard]] std::string OwnerName() const;
  void Say(const std::string& text) const;

  const Options options_;
  env::Files* const files_;
  const base::Clock* const clock_;
  serve::OutputSink* const messages_;
  ProjectHost host_;
  std::unique_ptr<serve::OwnerServer> server_;  // while this process owns the project
};

}  // namespace app
