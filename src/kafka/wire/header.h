// The headers of requests and responses, and whole frames. A frame on the wire is its length (four
// bytes), a header, a message. Values and functions; THREAD: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "kafka/wire/api.h"
#include "kafka/wire/encoder.h"

namespace kafka::wire {

struct RequestHeader {
  int16_t api_key = 0;
  int16_t api_version = 0;
  int32_t correlation_id = 0;
  std::optional<std::string> client_id;

  friend bool operator==(const RequestHeader&, const RequestHeader&) = default;
};

struct RequestFrame {
  RequestHeader header;
  std::string_view body;  // a view into the frame
};

// `frame` has no length prefix. The header of an unknown API is taken for one of the old form.
// ERRORS: kCorruption.
base::Result<RequestFrame> ReadRequestHeader(std::string_view frame);

struct ResponseFrame {
  int32_t correlation_id = 0;
  std::string_view body;
};

// The header of a response to that API in that version. ERRORS: kCorruption.
base::Result<ResponseFrame> ReadResponseHeader(std::string_view frame, int16_t api_key,
                                               int16_t version);

// Length prefix and header; a message follows. Private to the two functions below.
Encoder BeginRequest(const RequestHeader& header);
Encoder BeginResponse(int32_t correlation_id, int16_t api_key, int16_t version);
Frame EndFrame(Encoder out);

// A whole frame, length prefix included. REQUIRES: the header names `request`'s API and a version
// it has.
template <typename Request>
Frame EncodeRequest(const RequestHeader& header, const Request& request) {
  Encoder out = BeginRequest(header);
  request.Encode(out, header.api_version);
  return EndFrame(std::move(out));
}

// A whole frame, length prefix included; the records of an rvalue are moved into it.
template <typename Response>
Frame EncodeResponse(int32_t correlation_id, int16_t version, Response&& response) {
  Encoder out = BeginResponse(correlation_id, std::remove_cvref_t<Response>::kApiKey, version);
  std::forward<Response>(response).Encode(out, version);
  return EndFrame(std::move(out));
}

}  // namespace kafka::wire
