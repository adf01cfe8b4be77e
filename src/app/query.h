// Queries of commands: run on a connection that stops when the command must, printed row by row.
// Functions on the stack of a command; THREAD: the command's.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "app/context.h"
#include "app/table_format.h"
#include "base/result.h"
#include "pipeline/run.h"
#include "sql/engine.h"

namespace app {

// The workspace for a command that only reads; with mistakes in the project a warning is out.
// nullptr: they are such that nothing can be read, and are shown.
base::Result<std::shared_ptr<pipeline::Workspace>> OpenToRead(const CommandContext& context);

// While it lives, a stop interrupts what the connection runs. An interrupt that comes between two
// calls of the engine is forgotten by it, so it is repeated until this object dies.
class InterruptOnStop {
 public:
  InterruptOnStop(sql::Connection* connection, std::stop_token stop);
  ~InterruptOnStop();
  InterruptOnStop(const InterruptOnStop&) = delete;
  InterruptOnStop& operator=(const InterruptOnStop&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool ended_ = false;
  std::thread thread_;
};

// A query in a larger text: how its mistakes are shown.
struct QueryText {
  std::string statement;
  std::string file;   // "" when it was typed
  std::string whole;  // the text it was cut from
  size_t offset = 0;  // of the statement in it
};

// Runs the statement and prints its rows; their number. A mistake in the text is shown with its
// place. nullopt: failed or stopped, `exit_code` says how and the message is out.
std::optional<int64_t> PrintQuery(const CommandContext& context, sql::Connection& connection,
                                  const QueryText& query, int& exit_code);

// All rows of a query of ours, as text.
base::Result<std::vector<Row>> CollectRows(sql::Connection& connection, const std::string& query);

bool IsNumber(const columnar::Type& type);

}  // namespace app
