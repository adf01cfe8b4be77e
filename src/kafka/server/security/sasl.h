// SaslExchange: the server's side of one SASL authentication, without I/O: PLAIN (RFC 4616) and
// SCRAM (RFC 5802). Owner; THREAD: its session's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace kafka::server {

class Credentials;

struct SaslStep {
  enum class State { kContinue, kAuthenticated, kFailed };
  State state = State::kFailed;
  std::string token = {};  // for the client, unless failed
  std::string user = {};   // when authenticated
};

class SaslExchange {
 public:
  virtual ~SaslExchange() = default;
  // Answers the client's next token. Why it failed is not said: it would help only who guesses.
  // REQUIRES: each step before said kContinue.
  virtual SaslStep Respond(std::string_view token) = 0;
};

// nullptr: the mechanism is not offered. `credentials` is borrowed.
[[nodiscard]] std::shared_ptr<SaslExchange> StartSasl(std::string_view mechanism,
                                                      const Credentials& credentials);

// With a nonce of the caller's, for tests that repeat.
[[nodiscard]] std::shared_ptr<SaslExchange> StartSasl(std::string_view mechanism,
                                                      const Credentials& credentials,
                                                      std::string server_nonce);

}  // namespace kafka::server
