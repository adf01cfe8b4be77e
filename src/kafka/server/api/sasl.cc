// SaslHandshake and SaslAuthenticate: a connection tells who it is. THREAD: the session's.
#include "kafka/server/security/sasl.h"

#include <memory>
#include <string>
#include <utility>

#include "base/limits.h"
#include "kafka/server/api/security_handlers.h"
#include "kafka/server/security/credentials.h"
#include "kafka/wire/sasl_authenticate.h"
#include "kafka/wire/sasl_handshake.h"

namespace kafka::server {

using logs::ErrorCode;

Answer<wire::SaslHandshakeResponse> Handle(const wire::SaslHandshakeRequest& request, Call& call) {
  wire::SaslHandshakeResponse response;
  Connection& connection = call.connection;
  if (!connection.peer.needs_sasl) {
    response.error_code = Code(ErrorCode::kIllegalSaslState);
    return response;
  }
  response.mechanisms = call.broker.credentials.mechanisms();
  connection.sasl = StartSasl(request.mechanism, call.broker.credentials);
  if (connection.sasl == nullptr) {
    response.error_code = Code(ErrorCode::kUnsupportedSaslMechanism);
  }
  return response;
}

namespace {

wire::SaslAuthenticateResponse Refuse(Call& call, ErrorCode error, std::string message) {
  // What was proven before stays proven until it expires; the attempt is over.
  call.connection.sasl.reset();
  call.throttle_ms = base::limits::kKafkaSaslFailurePauseMs;
  wire::SaslAuthenticateResponse response;
  response.error_code = Code(error);
  response.error_message = std::move(message);
  return response;
}

}  // namespace

Answer<wire::SaslAuthenticateResponse> Handle(const wire::SaslAuthenticateRequest& request,
                                              Call& call) {
  Connection& connection = call.connection;
  if (connection.sasl == nullptr) {
    return Refuse(call, ErrorCode::kIllegalSaslState,
                  "SaslAuthenticate without a SaslHandshake before it.");
  }
  if (request.auth_bytes.size() > base::limits::kKafkaSaslTokenBytesMax) {
    return Refuse(call, ErrorCode::kSaslAuthenticationFailed, "The token is too long.");
  }
  SaslStep step = connection.sasl->Respond(request.auth_bytes);
  if (step.state == SaslStep::State::kFailed) {
    return Refuse(call, ErrorCode::kSaslAuthenticationFailed,
                  "Authentication failed: the user or the password is wrong.");
  }
  wire::SaslAuthenticateResponse response;
  response.error_message = std::nullopt;
  response.auth_bytes = std::move(step.token);
  if (step.state == SaslStep::State::kContinue) return response;

  std::string name = "User:" + step.user;
  if (connection.authenticated && connection.principal.name != name) {
    return Refuse(call, ErrorCode::kSaslAuthenticationFailed,
                  "A connection stays with the user it began with.");
  }
  connection.sasl.reset();
  connection.principal.name = std::move(name);
  connection.authenticated = true;
  if (const int64_t lifetime_ms = call.broker.credentials.session_lifetime_ms(); lifetime_ms > 0) {
    connection.expires_ms = call.broker.clock.NowUnixMs() + lifetime_ms;
    response.session_lifetime_ms = lifetime_ms;
  }
  return response;
}

}  // namespace kafka::server
