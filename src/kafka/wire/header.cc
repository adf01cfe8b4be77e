#include "kafka/wire/header.h"

#include "base/bytes.h"
#include "base/check.h"
#include "kafka/wire/decoder.h"

namespace kafka::wire {
namespace {

bool FlexibleRequest(int16_t api_key, int16_t version) {
  const Api* api = FindApi(api_key);
  return api != nullptr && version >= api->request_flexible_min;
}

// A client reads the answer about versions before it knows whether the broker is flexible, so that
// answer has the old header always.
bool FlexibleResponse(int16_t api_key, int16_t version) {
  const Api* api = FindApi(api_key);
  return api != nullptr && version >= api->response_flexible_min &&
         api_key != static_cast<int16_t>(ApiKey::kApiVersions);
}

constexpr size_t kLengthBytes = 4;

}  // namespace

base::Result<RequestFrame> ReadRequestHeader(std::string_view frame) {
  Decoder in(frame);
  RequestFrame request;
  in.Scalar(request.header.api_key);
  in.Scalar(request.header.api_version);
  in.Scalar(request.header.correlation_id);
  in.NullableString(request.header.client_id);  // never compact, for brokers of any age
  if (FlexibleRequest(request.header.api_key, request.header.api_version)) in.SkipTags();
  if (in.failed()) return base::Corruption("a request's header is not whole");
  request.body = in.Rest();
  return request;
}

base::Result<ResponseFrame> ReadResponseHeader(std::string_view frame, int16_t api_key,
                                               int16_t version) {
  Decoder in(frame);
  ResponseFrame response;
  in.Scalar(response.correlation_id);
  if (FlexibleResponse(api_key, version)) in.SkipTags();
  if (in.failed()) return base::Corruption("a response's header is not whole");
  response.body = in.Rest();
  return response;
}

Encoder BeginRequest(const RequestHeader& header) {
  Encoder out;
  out.Scalar(int32_t{0});
  out.Scalar(header.api_key);
  out.Scalar(header.api_version);
  out.Scalar(header.correlation_id);
  out.NullableString(header.client_id);
  if (FlexibleRequest(header.api_key, header.api_version)) out.NoTags();
  return out;
}

Encoder BeginResponse(int32_t correlation_id, int16_t api_key, int16_t version) {
  Encoder out;
  out.Scalar(int32_t{0});
  out.Scalar(correlation_id);
  if (FlexibleResponse(api_key, version)) out.NoTags();
  return out;
}

Frame EndFrame(Encoder out) {
  const size_t size = out.size() - kLengthBytes;
  CHECK(size <= static_cast<size_t>(INT32_MAX));
  Frame frame = std::move(out).Take();
  base::StoreBigEndian(frame.front().data(), static_cast<int32_t>(size));
  return frame;
}

}  // namespace kafka::wire
