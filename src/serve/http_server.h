// HttpServer: the minimal HTTP/1.1 listener: GET and HEAD of fixed paths, each a function. Bounds
// on header, body, time and connections. Requests are parsed by Boost.Beast. Owner; THREAD: any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/metrics.h"
#include "base/result.h"
#include "serve/connections.h"

namespace serve {

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
};

class HttpServer {
 public:
  using Handler = std::function<HttpResponse()>;  // THREAD: any, several at once

  struct Options {
    std::vector<ListenAddress> addresses;
    std::map<std::string, Handler> paths;  // "/metrics"
    base::Metrics* metrics;                // borrowed, as the clock
    const base::Clock* clock;
    size_t connections_max = base::limits::kHttpConnectionsMax;
    int64_t request_ms = base::limits::kHttpRequestMs;
    int64_t idle_ms = base::limits::kHttpIdleMs;
  };

  // ERRORS: those of ConnectionServer::Start.
  static base::Result<std::unique_ptr<HttpServer>> Start(Options options);
  void Stop(int64_t patience_ms) { server_->Stop(patience_ms); }  // as ConnectionServer's
  [[nodiscard]] std::vector<env::HostPort> addresses() const { return server_->addresses(); }

 private:
  explicit HttpServer(Options options);
  friend class HttpConnection;

  const Options options_;
  std::unique_ptr<ConnectionServer> server_;
};

}  // namespace serve
