// CommitPlan: one CommitRequest checked against the state it was planned on and completed, ready to
// be written as any version. Pure; THREAD: any.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "lake/table.h"
#include "lake/table_state.h"

namespace lake {

struct CommitContext {
  int64_t now_unix_ms = 0;
  std::string txn_id;  // unique to this commit, to know it again in the log
};

struct CommitPlan {
  CommitRequest request;  // with dates, file sizes and the raised protocol filled in
  std::string txn_id;
  std::string text;  // of the commit file
};

// ERRORS: kInvalidArgument for a request no version of the table could hold (a file twice, one that
// is not there to remove, rows removed from an append-only table); kUnsupported by the name of a
// writer feature we lack.
base::Result<CommitPlan> PlanCommit(CommitRequest request, const CommitContext& context);

// True when these actions are those of the commit with that transaction id.
[[nodiscard]] bool CarriesTxnId(const std::vector<Action>& actions, const std::string& txn_id);

}  // namespace lake
