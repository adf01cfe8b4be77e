#include "lake/commit_plan.h"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include "base/json_writer.h"
#include "lake/delta_schema.h"
#include "lake/features.h"
#include "lake/table_properties.h"

namespace lake {
namespace {

constexpr std::string_view kEngine = "tributary/0.1.0";

// The live file of a path in any snapshot; ours are searched without building the list of files.
const AddFile* FindFile(const Snapshot& snapshot, const std::string& path) {
  if (const auto* state = dynamic_cast<const TableState*>(&snapshot)) {
    const LiveFile* file = state->Find(path);
    return file == nullptr ? nullptr : &file->add;
  }
  const auto& files = snapshot.files();
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const AddFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

class Planner {
 public:
  Planner(CommitRequest request, const CommitContext& context)
      : request_(std::move(request)), context_(context) {}

  base::Result<CommitPlan> Plan() {
    TRY(CheckTable());
    TRY(CheckAdds());
    TRY(CheckRemoves());
    TRY(CheckTxns());
    CompleteInfo();
    std::string text = Text();
    return CommitPlan{
        .request = std::move(request_), .txn_id = context_.txn_id, .text = std::move(text)};
  }

 private:
  [[nodiscard]] const Metadata& metadata() const {
    return request_.metadata ? *request_.metadata : request_.read_snapshot->metadata();
  }

  base::Result<void> CheckTable() {
    const Snapshot* read = request_.read_snapshot.get();
    if (read == nullptr && !request_.metadata) {
      return base::InvalidArgument("a new table needs metadata");
    }
    if (read != nullptr && request_.metadata && request_.metadata->id != read->metadata().id) {
      return base::InvalidArgument("a table keeps its id for life; the new metadata has another");
    }
    columnar::Schema schema;
    if (request_.metadata) {
      schema = TRY(ParseSchema(request_.metadata->schema_json));
      const Protocol needed = TRY(ProtocolFor(schema));
      const Protocol current = request_.protocol ? *request_.protocol
                               : read == nullptr ? needed
                                                 : read->protocol();
      const Protocol raised = RaiseProtocol(current, needed);
      if (read == nullptr || raised != read->protocol()) request_.protocol = raised;
    } else {
      schema = read->schema();
    }
    const Protocol& protocol = request_.protocol ? *request_.protocol : read->protocol();
    TRY(CheckReadable(protocol, metadata()));
    return CheckWritable(protocol, metadata(), schema);
  }

  base::Result<void> CheckAdds() {
    std::unordered_set<std::string_view> seen;
    const std::vector<std::string>& columns = metadata().partition_columns;
    for (AddFile& add : request_.adds) {
      if (add.path.empty()) return base::InvalidArgument("a data file has no path");
      if (!seen.insert(add.path).second) {
        return base::InvalidArgument("data file '" + add.path + "' is added twice");
      }
      const bool complete =
          add.partition_values.size() == columns.size() &&
          std::all_of(columns.begin(), columns.end(), [&](const std::string& column) {
            return add.partition_values.contains(column);
          });
      if (!complete) {
        return base::InvalidArgument("data file '" + add.path +
                                     "' does not have exactly the table's partition values");
      }
      const bool is_there = request_.read_snapshot != nullptr &&
                            FindFile(*request_.read_snapshot, add.path) != nullptr;
      if (is_there && add.data_change) {
        return base::InvalidArgument("data file '" + add.path + "' is in the table already",
                                     "Data files are never written over; give it a new name.");
      }
      if (add.modified_unix_ms == 0) add.modified_unix_ms = context_.now_unix_ms;
    }
    return {};
  }

  base::Result<void> CheckRemoves() {
    const bool append_only = BoolProperty(metadata(), "delta.appendOnly", false);
    std::unordered_set<std::string_view> paths;
    for (const AddFile& add : request_.adds) paths.insert(add.path);
    for (RemoveFile& remove : request_.removes) {
      if (append_only && remove.data_change) {
        return base::InvalidArgument(
            "the table is append-only (delta.appendOnly); rows cannot be removed or replaced",
            "Append instead, or set the property to false first.");
      }
      if (!paths.insert(remove.path).second) {
        return base::InvalidArgument("data file '" + remove.path +
                                     "' is removed twice, or added as well");
      }
      const AddFile* live = request_.read_snapshot == nullptr
                                ? nullptr
                                : FindFile(*request_.read_snapshot, remove.path);
      if (live == nullptr) {
        return base::InvalidArgument("data file '" + remove.path +
                                     "' is not in the table, so it cannot be removed");
      }
      if (remove.deletion_unix_ms == 0) remove.deletion_unix_ms = context_.now_unix_ms;
      remove.partition_values = live->partition_values;
      remove.size_bytes = live->size_bytes;
    }
    return {};
  }

  base::Result<void> CheckTxns() {
    std::set<std::string_view> seen;
    for (Txn& txn : request_.txns) {
      if (!seen.insert(txn.app_id).second) {
        return base::InvalidArgument("the transaction '" + txn.app_id + "' is named twice");
      }
      if (!txn.last_updated_unix_ms) txn.last_updated_unix_ms = context_.now_unix_ms;
    }
    return {};
  }

  void CompleteInfo() {
    CommitInfo& info = request_.info;
    info.timestamp_unix_ms = context_.now_unix_ms;
    if (request_.read_snapshot != nullptr) {
      // Later than what was read, whatever the clock says: time travel tells commits apart by it.
      info.timestamp_unix_ms =
          std::max(info.timestamp_unix_ms, request_.read_snapshot->timestamp_unix_ms() + 1);
    }
    if (info.engine.empty()) info.engine = kEngine;
    if (info.operation.empty()) info.operation = "WRITE";
    info.extra["txnId"] = base::JsonQuote(context_.txn_id);
    info.extra["isolationLevel"] = R"("Serializable")";
    info.extra["isBlindAppend"] =
        request_.blind_append && request_.removes.empty() ? "true" : "false";
    if (request_.read_snapshot != nullptr) {
      info.extra["readVersion"] = std::to_string(request_.read_snapshot->version().get());
    }
  }

  // commitInfo first: History and others then need one line of a long commit only.
  [[nodiscard]] std::string Text() const {
    std::string text = ToJson(request_.info) + "\n";
    if (request_.protocol) text += ToJson(*request_.protocol) + "\n";
    if (request_.metadata) text += ToJson(*request_.metadata) + "\n";
    for (const Txn& txn : request_.txns) text += ToJson(txn) + "\n";
    for (const RemoveFile& remove : request_.removes) text += ToJson(remove) + "\n";
    for (const AddFile& add : request_.adds) text += ToJson(add) + "\n";
    return text;
  }

  CommitRequest request_;
  const CommitContext& context_;
};

}  // namespace

base::Result<CommitPlan> PlanCommit(CommitRequest request, const CommitContext& context) {
  return Planner(std::move(request), context).Plan();
}

bool CarriesTxnId(const std::vector<Action>& actions, const std::string& txn_id) {
  const CommitInfo* info = FindCommitInfo(actions);
  if (info == nullptr) return false;
  const auto found = info->extra.find("txnId");
  return found != info->extra.end() && found->second == base::JsonQuote(txn_id);
}

}  // namespace lake
