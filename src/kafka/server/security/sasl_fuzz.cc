// Fuzz target: arbitrary tokens, one a line, from a peer nobody knows. None of them authenticates.
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/clock.h"
#include "env/memory_files.h"
#include "kafka/server/metadata_store.h"
#include "kafka/server/security/credentials.h"
#include "kafka/server/security/sasl.h"
#include "log/log.h"

namespace {

struct Server {
  base::ManualClock clock{1'700'000'000'000};
  env::MemoryFiles files{&clock};
  std::unique_ptr<logs::Log> log =
      logs::Log::Open({.files = &files, .clock = &clock, .folder = "log", .background = false})
          .value();
  std::unique_ptr<kafka::server::MetadataStore> store =
      kafka::server::MetadataStore::Open(*log, clock).value();
  std::unique_ptr<kafka::server::Credentials> credentials =
      kafka::server::Credentials::Open(*store, {.users = {{"user", "no fuzzer's guess"}}}).value();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Server* const server = new Server;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string_view mechanism : {"SCRAM-SHA-256", "PLAIN"}) {
    const auto exchange = kafka::server::StartSasl(mechanism, *server->credentials, "server-nonce");
    kafka::server::SaslStep step{.state = kafka::server::SaslStep::State::kContinue};
    std::string_view rest = text;
    while (step.state == kafka::server::SaslStep::State::kContinue && !rest.empty()) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      step = exchange->Respond(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    CHECK(step.state != kafka::server::SaslStep::State::kAuthenticated);
  }
  return 0;
}
