#include "lake/conflict.h"

#include <string>
#include <string_view>
#include <unordered_set>

namespace lake {
namespace {

class Rules {
 public:
  explicit Rules(const CommitRequest& request) : blind_append_(request.blind_append) {
    for (const AddFile& add : request.adds) adds_.insert(add.path);
    for (const RemoveFile& remove : request.removes) removes_.insert(remove.path);
    for (const Txn& txn : request.txns) app_ids_.insert(txn.app_id);
  }

  // Why the winner's action stands in the way, "" when it does not.
  [[nodiscard]] std::string Against(const Metadata&) const { return "the metadata changed"; }
  [[nodiscard]] std::string Against(const Protocol&) const { return "the protocol changed"; }
  [[nodiscard]] std::string Against(const CommitInfo&) const { return ""; }
  [[nodiscard]] std::string Against(const Txn& txn) const {
    if (!app_ids_.contains(txn.app_id)) return "";
    return "the transaction '" + txn.app_id + "' was committed with version " +
           std::to_string(txn.version);
  }
  [[nodiscard]] std::string Against(const AddFile& add) const {
    if (adds_.contains(add.path) || removes_.contains(add.path)) {
      return "file '" + add.path + "' was added or replaced";
    }
    // What a blind append adds depends on nothing that was read; anything else might have had to
    // read these rows.
    return !blind_append_ && add.data_change ? "rows were added" : "";
  }
  [[nodiscard]] std::string Against(const RemoveFile& remove) const {
    if (removes_.contains(remove.path) || adds_.contains(remove.path)) {
      return "file '" + remove.path + "' was removed";
    }
    return !blind_append_ && remove.data_change ? "rows were removed" : "";
  }

 private:
  bool blind_append_;
  std::unordered_set<std::string_view> adds_;
  std::unordered_set<std::string_view> removes_;
  std::unordered_set<std::string_view> app_ids_;
};

}  // namespace

std::optional<Conflicted> FindConflict(const CommitRequest& request, Version winner,
                                       const std::vector<Action>& winner_actions) {
  const Rules rules(request);
  for (const Action& action : winner_actions) {
    std::string reason =
        std::visit([&](const auto& value) { return rules.Against(value); }, action);
    if (!reason.empty()) return Conflicted{.version = winner, .reason = std::move(reason)};
  }
  return std::nullopt;
}

}  // namespace lake
