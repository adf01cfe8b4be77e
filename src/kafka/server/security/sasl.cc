#include "kafka/server/security/sasl.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "kafka/server/security/base64.h"
#include "kafka/server/security/credentials.h"

namespace kafka::server {
namespace {

constexpr size_t kNonceBytes = 18;

SaslStep Failed() { return {.state = SaslStep::State::kFailed}; }

// One token: authorization id, user and password, with zero bytes between.
class PlainExchange final : public SaslExchange {
 public:
  explicit PlainExchange(const Credentials& credentials) : credentials_(credentials) {}

  SaslStep Respond(std::string_view token) override {
    const auto parts = base::Split(token, '\0');
    if (parts.size() != 3) return Failed();
    const std::string user(parts[1]);
    if (user.empty() || parts[2].empty()) return Failed();
    // Nobody may act for another.
    if (!parts[0].empty() && parts[0] != user) return Failed();
    if (!credentials_.HasPassword(user, parts[2])) return Failed();
    return {.state = SaslStep::State::kAuthenticated, .user = user};
  }

 private:
  const Credentials& credentials_;
};

// "=2C" stands for a comma and "=3D" for an equals sign; nullopt: another escape, or none.
std::optional<std::string> UnescapeName(std::string_view text) {
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      name += text[i];
    } else if (text.substr(i, 3) == "=2C" || text.substr(i, 3) == "=3D") {
      name += text[i + 2] == 'C' ? ',' : '=';
      i += 2;
    } else {
      return std::nullopt;
    }
  }
  return name.empty() ? std::nullopt : std::optional(std::move(name));
}

// The value of "r=..." and the like; nullopt: the attribute has another name.
std::optional<std::string_view> Attribute(std::string_view text, char name) {
  if (text.size() < 2 || text[0] != name || text[1] != '=') return std::nullopt;
  return text.substr(2);
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

class ScramExchange final : public SaslExchange {
 public:
  ScramExchange(ScramMechanism mechanism, const Credentials& credentials, std::string server_nonce)
      : mechanism_(mechanism), credentials_(credentials), nonce_(std::move(server_nonce)) {}

  SaslStep Respond(std::string_view token) override { return asked_ ? Final(token) : First(token); }

 private:
  // n,[a=authorization id],n=user,r=nonce[,extensions]
  SaslStep First(std::string_view token) {
    asked_ = true;
    const auto parts = base::Split(token, ',');
    if (parts.size() < 4) return Failed();
    // Channel binding is not offered; "y": the client could, and has seen that we do not.
    if (parts[0] != "n" && parts[0] != "y") return Failed();
    const auto user = UnescapeName(Attribute(parts[2], 'n').value_or(""));
    const auto client_nonce = Attribute(parts[3], 'r');
    if (!user || !client_nonce || client_nonce->empty() || !IsPrintable(*client_nonce)) {
      return Failed();
    }
    if (!parts[1].empty() && UnescapeName(Attribute(parts[1], 'a').value_or("")) != user) {
      return Failed();
    }
    user_ = *user;
    credential_ = credentials_.FindOrDecoy(mechanism_, user_);
    const size_t header = parts[0].size() + 1 + parts[1].size() + 1;
    channel_ = EncodeBase64(token.substr(0, header));
    nonce_ = std::string(*client_nonce) + nonce_;
    const std::string server_first = "r=" + nonce_ + ",s=" + EncodeBase64(credential_.salt) +
                                     ",i=" + std::to_string(credential_.iterations);
    auth_message_ = std::string(token.substr(header)) + "," + server_first;
    return {.state = SaslStep::State::kContinue, .token = server_first};
  }

  // c=channel binding,r=nonce[,extensions],p=proof
  SaslStep Final(std::string_view token) {
    const size_t last = token.rfind(',');
    if (last == std::string_view::npos) return Failed();
    const std::string_view without_proof = token.substr(0, last);
    const auto parts = base::Split(without_proof, ',');
    if (parts.size() < 2 || Attribute(parts[0], 'c') != channel_) return Failed();
    // librdkafka before 2.6.1 puts its own nonce before both; the proof covers it all the same.
    if (!Attribute(parts[1], 'r').value_or("").ends_with(nonce_)) return Failed();
    const auto proof = DecodeBase64(Attribute(token.substr(last + 1), 'p').value_or(""));
    auth_message_ += "," + std::string(without_proof);
    if (!proof || !Proves(mechanism_, credential_, auth_message_, *proof)) return Failed();
    return {.state = SaslStep::State::kAuthenticated,
            .token = "v=" + EncodeBase64(ServerSignature(mechanism_, credential_, auth_message_)),
            .user = user_};
  }

  const ScramMechanism mechanism_;
  const Credentials& credentials_;
  std::string nonce_;  // ours, and after the first message the client's before it
  bool asked_ = false;
  std::string user_;
  ScramCredential credential_;
  std::string channel_;
  std::string auth_message_;
};

}  // namespace

std::shared_ptr<SaslExchange> StartSasl(std::string_view mechanism,
                                        const Credentials& credentials) {
  return StartSasl(mechanism, credentials, EncodeBase64(RandomBytes(kNonceBytes)));
}

std::shared_ptr<SaslExchange> StartSasl(std::string_view mechanism, const Credentials& credentials,
                                        std::string server_nonce) {
  const auto& offered = credentials.mechanisms();
  if (std::find(offered.begin(), offered.end(), mechanism) == offered.end()) return nullptr;
  if (const auto scram = ScramMechanismOf(mechanism)) {
    return std::make_shared<ScramExchange>(*scram, credentials, std::move(server_nonce));
  }
  return std::make_shared<PlainExchange>(credentials);
}

}  // namespace kafka::server
