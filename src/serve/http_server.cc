#include "serve/http_server.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/log.h"

namespace serve {

namespace http = boost::beast::http;
namespace limits = base::limits;

// The life of one connection, on the stack of its thread.
class HttpConnection {
 public:
  HttpConnection(const HttpServer::Options& options, Connection& connection)
      : options_(options), connection_(connection) {}

  void Run() {
    const auto ended = Serve();
    if (ended.ok()) return;
    LOG_DEBUG("an HTTP connection was closed", {{"peer", connection_.peer.ToString()},
                                                {"error", ended.error().ToString()}});
  }

 private:
  using Parser = http::request_parser<http::string_body>;

  enum class Next { kRequest, kClosed, kRefused };

  base::Result<void> Serve() {
    bool keep = true;
    while (keep && !connection_.stopping) {
      Parser parser;
      parser.eager(true);
      parser.header_limit(limits::kHttpHeaderBytesMax);
      parser.body_limit(limits::kHttpBodyBytesMax);
      boost::system::error_code wrong;
      switch (TRY(Read(parser, wrong))) {
        case Next::kClosed:
          return {};
        case Next::kRefused:
          // What follows in the stream cannot be told apart from the bad request any more.
          return Send(Refusal(wrong), false, http::verb::get);
        case Next::kRequest:
          break;
      }
      const auto& request = parser.get();
      keep = request.keep_alive();
      TRY(Send(Answer(request), keep, request.method()));
    }
    return {};
  }

  base::Result<Next> Read(Parser& parser, boost::system::error_code& wrong) {
    int64_t deadline = options_.clock->MonotonicMs() + options_.idle_ms;
    bool begun = false;
    for (;;) {
      if (!unread_.empty()) {
        if (!std::exchange(begun, true)) {
          deadline = options_.clock->MonotonicMs() + options_.request_ms;
        }
        const size_t used =
            parser.put(boost::asio::const_buffer(unread_.data(), unread_.size()), wrong);
        unread_.erase(0, used);
        if (parser.is_done()) return Next::kRequest;
        if (wrong && wrong != http::error::need_more) return Next::kRefused;
      }
      const int64_t left = deadline - options_.clock->MonotonicMs();
      switch (TRY(connection_.socket->WaitReadable(std::max<int64_t>(0, left),
                                                   connection_.wake.get()))) {
        case env::Waited::kWoken:  // only ever set to end the connection
        case env::Waited::kTimeout:
          return Next::kClosed;
        case env::Waited::kReadable:
          break;
      }
      std::array<char, 4096> buffer;
      const auto count = TRY(connection_.socket->Read(buffer.data(), buffer.size()));
      if (count == 0) return Next::kClosed;
      unread_.append(buffer.data(), count.value_or(0));
    }
  }

  static HttpResponse Refusal(const boost::system::error_code& wrong) {
    if (wrong == http::error::header_limit) return {.status = 431, .body = "header too long\n"};
    if (wrong == http::error::body_limit) return {.status = 413, .body = "body too long\n"};
    return {.status = 400, .body = "bad request: " + wrong.message() + "\n"};
  }

  [[nodiscard]] HttpResponse Answer(const http::request<http::string_body>& request) const {
    const std::string_view target(request.target().data(), request.target().size());
    const auto found = options_.paths.find(std::string(target.substr(0, target.find('?'))));
    if (found == options_.paths.end()) {
      std::string body = "nothing here. There is:";
      for (const auto& [path, handler] : options_.paths) body += " " + path;
      return {.status = 404, .body = body + "\n"};
    }
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      return {.status = 405, .body = "only GET and HEAD\n"};
    }
    return found->second();
  }

  base::Result<void> Send(const HttpResponse& response, bool keep, http::verb method) {
    const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
    text.append(reason.data(), reason.size());
    text += "\r\nContent-Type: " + response.content_type;
    text += "\r\nContent-Length: " + std::to_string(response.body.size());
    // What a browser is shown here is text, whatever it looks like.
    text += "\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store";
    if (response.status == 405) text += "\r\nAllow: GET, HEAD";
    if (!keep) text += "\r\nConnection: close";
    text += "\r\n\r\n";
    if (method != http::verb::head) text += response.body;
    return connection_.socket->WriteAll(text, options_.request_ms);
  }

  const HttpServer::Options& options_;
  Connection& connection_;
  std::string unread_;  // at most one read beyond a request
};

HttpServer::HttpServer(Options options) : options_(std::move(options)) {}

base::Result<std::unique_ptr<HttpServer>> HttpServer::Start(Options options) {
  auto server = std::unique_ptr<HttpServer>(new HttpServer(std::move(options)));
  server->server_ = TRY(ConnectionServer::Start(
      {.name = "http",
       .addresses = server->options_.addresses,
       .connections_max = server->options_.connections_max,
       .stack_bytes = limits::kConnectionStackBytes,
       .serve = [self = server.get()](
                    Connection& connection) { HttpConnection(self->options_, connection).Run(); },
       .metrics = server->options_.metrics}));
  return server;
}

}  // namespace serve
