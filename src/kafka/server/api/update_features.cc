// UpdateFeatures: the levels of this server's features are its own; an update to what stands is
// accepted, any other refused. THREAD: the session's.
#include "kafka/wire/update_features.h"

#include <algorithm>
#include <string>

#include "kafka/server/api/handlers.h"
#include "kafka/server/features.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

ErrorCode Check(const std::string& name, int16_t level) {
  const auto features = Features();
  const auto known = std::find_if(features.begin(), features.end(),
                                  [&](const Feature& feature) { return feature.name == name; });
  if (known == features.end()) return ErrorCode::kFeatureUpdateFailed;
  return level == known->level ? ErrorCode::kNone : ErrorCode::kInvalidUpdateVersion;
}

}  // namespace

Answer<wire::UpdateFeaturesResponse> Handle(const wire::UpdateFeaturesRequest& request,
                                            Call& call) {
  wire::UpdateFeaturesResponse response;
  response.error_message.reset();
  if (!call.AllowedOnCluster(Operation::kAlter)) {
    response.error_code = Code(ErrorCode::kClusterAuthorizationFailed);
    return response;
  }
  for (const auto& update : request.feature_updates) {
    const ErrorCode error = Check(update.feature, update.max_version_level);
    const std::string message = error == ErrorCode::kNone
                                    ? ""
                                    : "Feature '" + update.feature + "' cannot be set to level " +
                                          std::to_string(update.max_version_level) + " here.";
    auto& result = response.results.emplace_back();
    result.feature = update.feature;
    result.error_code = Code(error);
    result.error_message.reset();
    if (!message.empty()) result.error_message = message;
    // From version 2 on one error speaks for all.
    if (call.version >= 2 && error != ErrorCode::kNone && response.error_code == 0) {
      response.error_code = Code(error);
      response.error_message = message;
    }
  }
  if (call.version >= 2) response.results.clear();
  return response;
}

}  // namespace kafka::server
