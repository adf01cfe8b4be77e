// The table of APIs: for each key its versions, what it needs, and how a request of it is decoded,
// handled and its response encoded. To add one: its message in kafka/wire,
//   Answer<wire::ListOffsetsResponse> Handle(const wire::ListOffsetsRequest& request, Call& call);
// in kafka/server/api (a pair of files an API; small ones share a header that declares several),
// and
//   Row<wire::ListOffsetsRequest, Handle>(),
// in apis.cc. THREAD: any; constant.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "kafka/server/call.h"
#include "kafka/server/exchange.h"

namespace kafka::server {

struct Api {
  int16_t key;
  std::string_view name;  // Kafka's: "Produce"
  int16_t version_min;    // served
  int16_t version_max;
  int16_t advertised_min;  // as ApiVersions tells: Produce says 0, or librdkafka stops compressing
  bool before_authentication;  // served to a peer that has not told who it is
  std::unique_ptr<Exchange> (*start)(std::string frame, Call call);
};

// By key.
[[nodiscard]] std::span<const Api> Apis();
// nullptr: not served.
[[nodiscard]] const Api* FindApi(int16_t key);

}  // namespace kafka::server
