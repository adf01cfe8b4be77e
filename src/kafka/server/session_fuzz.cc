// Whatever a stranger sends, a session answers or refuses; nothing else. The input is frames, each
// behind two bytes of length, in front of a broker with one topic.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "kafka/server/test_broker.h"

namespace {

struct Deaf final : logs::Watcher {
  void Notify() override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kafka::server::TestBroker test;
  CHECK(test.log().CreateTopic({.name = "t"}).ok());
  const auto session =
      kafka::server::Session::Start(test.broker(), {.host = "h"}, std::make_shared<Deaf>());
  base::ByteReader reader(std::string_view(reinterpret_cast<const char*>(data), size));
  while (reader.remaining() > 2 && session->wants_request()) {
    const size_t length = reader.BigEndian<uint16_t>();
    const std::string frame(reader.Raw(std::min(length, reader.remaining())));
    if (!session->Receive(frame).ok()) break;
    while (true) {
      auto next = session->Next();
      if (!next.ok()) return 0;
      if (!next->has_value()) break;
    }
    test.clock().Advance(1'000'000);
  }
  return 0;
}
