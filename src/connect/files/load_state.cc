#include "connect/files/load_state.h"

#include <utility>

namespace connect::files {
namespace {

std::string GenerationId(const std::string& source) { return "files:" + source; }

}  // namespace

base::Result<LoadState> LoadState::Read(lake::Table& table, const std::string& source) {
  LoadState state;
  state.source_ = source;
  const auto snapshot = table.Load();
  if (!snapshot.ok()) {
    if (snapshot.error().code() == base::Code::kNotFound) return state;
    return snapshot.error();
  }
  const std::string prefix = "file:" + source + ":";
  for (lake::Txn& txn : (*snapshot)->txns()) {
    if (txn.app_id == GenerationId(source)) state.generation_ = txn.version;
    if (txn.app_id.rfind(prefix, 0) == 0) state.markers_[std::move(txn.app_id)] = txn.version;
  }
  return state;
}

bool LoadState::Holds(const InputFile& input, int64_t generation) const {
  const auto found = markers_.find(input.Marker(source_));
  return generation == generation_ && found != markers_.end() && found->second == generation;
}

bool LoadState::HoldsOther(const InputFile& input, int64_t generation) const {
  if (generation != generation_) return false;
  const std::string own = input.Marker(source_);
  const std::string prefix = own.substr(0, own.size() - input.fingerprint.size());
  for (auto marker = markers_.lower_bound(prefix);
       marker != markers_.end() && marker->first.rfind(prefix, 0) == 0; ++marker) {
    // A path may hold a '#' itself; a fingerprint has one length.
    if (marker->first.size() == own.size() && marker->first != own && marker->second == generation)
      return true;
  }
  return false;
}

std::vector<lake::Txn> MarkersOf(const std::vector<InputFile>& inputs, const std::string& source,
                                 int64_t generation) {
  std::vector<lake::Txn> txns;
  for (const InputFile& input : inputs)
    txns.push_back({input.Marker(source), generation, std::nullopt});
  return txns;
}

lake::Txn GenerationOf(const std::string& source, int64_t generation) {
  return {GenerationId(source), generation, std::nullopt};
}

}  // namespace connect::files
