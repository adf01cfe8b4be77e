#include "pipeline/postgres.h"

#include <array>
#include <optional>
#include <utility>

#include <dlfcn.h>

#include "base/check.h"
#include "base/text.h"

namespace pipeline {
namespace {

// The part of libpq's binary interface that is used here, the same since PostgreSQL 9.
struct PGconn;
struct PGresult;
struct PGcancel;
struct ConnectionOptions;
constexpr int kConnectionOk = 0;
constexpr int kCommandOk = 1;
constexpr int kTuplesOk = 2;
constexpr int kCopyIn = 4;
constexpr int kFieldSqlState = 'C';
constexpr int kFieldPrimary = 'M';
constexpr int kFieldDetail = 'D';
constexpr int kFieldHint = 'H';
constexpr int kFieldContext = 'W';

struct Libpq {
  PGconn* (*connect)(const char* const*, const char* const*, int);
  ConnectionOptions* (*parse)(const char*, char**);
  void (*free_options)(ConnectionOptions*);
  void (*free_memory)(void*);
  void (*finish)(PGconn*);
  int (*status)(const PGconn*);
  char* (*error)(const PGconn*);
  char* (*host)(const PGconn*);
  char* (*port)(const PGconn*);
  char* (*database)(const PGconn*);
  char* (*user)(const PGconn*);
  char* (*password)(const PGconn*);
  void (*(*set_notices)(PGconn*, void (*)(void*, const char*), void*))(void*, const char*);
  PGresult* (*execute)(PGconn*, const char*);
  int (*result_status)(const PGresult*);
  char* (*result_field)(const PGresult*, int);
  int (*num_rows)(const PGresult*);
  int (*num_columns)(const PGresult*);
  char* (*value)(const PGresult*, int, int);
  void (*clear)(PGresult*);
  int (*put_copy_data)(PGconn*, const char*, int);
  int (*put_copy_end)(PGconn*, const char*);
  PGresult* (*next_result)(PGconn*);
  PGcancel* (*get_cancel)(PGconn*);
  int (*cancel)(PGcancel*, char*, int);
  void (*free_cancel)(PGcancel*);
};

template <typename Function>
bool Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

base::Result<Libpq> OpenLibpq() {
  void* library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return base::Unsupported("publishing to PostgreSQL needs libpq.so.5, which is not installed",
                             "Install it, for example with: apt-get install libpq5.");
  }
  Libpq pq{};
  const bool whole =
      Find(library, "PQconnectdbParams", pq.connect) &&
      Find(library, "PQconninfoParse", pq.parse) &&
      Find(library, "PQconninfoFree", pq.free_options) &&
      Find(library, "PQfreemem", pq.free_memory) && Find(library, "PQfinish", pq.finish) &&
      Find(library, "PQstatus", pq.status) && Find(library, "PQerrorMessage", pq.error) &&
      Find(library, "PQhost", pq.host) && Find(library, "PQport", pq.port) &&
      Find(library, "PQdb", pq.database) && Find(library, "PQuser", pq.user) &&
      Find(library, "PQpass", pq.password) &&
      Find(library, "PQsetNoticeProcessor", pq.set_notices) &&
      Find(library, "PQexec", pq.execute) && Find(library, "PQresultStatus", pq.result_status) &&
      Find(library, "PQresultErrorField", pq.result_field) &&
      Find(library, "PQntuples", pq.num_rows) && Find(library, "PQnfields", pq.num_columns) &&
      Find(library, "PQgetvalue", pq.value) && Find(library, "PQclear", pq.clear) &&
      Find(library, "PQputCopyData", pq.put_copy_data) &&
      Find(library, "PQputCopyEnd", pq.put_copy_end) &&
      Find(library, "PQgetResult", pq.next_result) && Find(library, "PQgetCancel", pq.get_cancel) &&
      Find(library, "PQcancel", pq.cancel) && Find(library, "PQfreeCancel", pq.free_cancel);
  if (!whole) return base::Unsupported("the libpq.so.5 of this machine lacks functions we need");
  return pq;  // the library stays loaded for the life of the process
}

// First line, no full stop, and the password nowhere, whoever wrote the text.
std::string Sanitized(std::string_view text, std::string_view password) {
  text = base::Trim(text);
  std::string clean(text.substr(0, text.find('\n')));
  if (!password.empty()) {
    for (size_t at = clean.find(password); at != std::string::npos; at = clean.find(password, at)) {
      clean.replace(at, password.size(), "***");
      at += 3;
    }
  }
  while (!clean.empty() && clean.back() == '.') clean.pop_back();
  return clean;
}

class LibpqConnection final : public PostgresConnection {
 public:
  LibpqConnection(const Libpq& pq, PGconn* connection, const std::stop_token& stop)
      : pq_(pq), connection_(connection), cancel_(pq.get_cancel(connection)), stop_(stop) {
    on_stop_.emplace(stop, Canceller{this});
  }
  ~LibpqConnection() override {
    on_stop_.reset();  // waits for a cancel under way
    pq_.free_cancel(cancel_);
    pq_.finish(connection_);
  }

  [[nodiscard]] std::string Describe() const override { return Name(pq_, connection_); }

  base::Result<void> Execute(const std::string& sql) override {
    return Expect(pq_.execute(connection_, sql.c_str()), {kCommandOk, kTuplesOk});
  }

  base::Result<std::vector<Row>> Query(const std::string& sql) override {
    PGresult* result = pq_.execute(connection_, sql.c_str());
    std::vector<Row> rows;
    if (result != nullptr && pq_.result_status(result) == kTuplesOk) {
      for (int i = 0; i < pq_.num_rows(result); ++i) {
        Row& row = rows.emplace_back();
        for (int k = 0; k < pq_.num_columns(result); ++k) row.emplace_back(pq_.value(result, i, k));
      }
    }
    TRY(Expect(result, {kTuplesOk, kTuplesOk}));
    return rows;
  }

  base::Result<void> BeginCopy(const std::string& sql) override {
    return Expect(pq_.execute(connection_, sql.c_str()), {kCopyIn, kCopyIn});
  }

  base::Result<void> CopyData(std::string_view bytes) override {
    if (stop_.stop_requested()) return base::Cancelled("publishing was stopped");
    if (pq_.put_copy_data(connection_, bytes.data(), base::Narrow<int>(bytes.size())) == 1) {
      return {};
    }
    return Failed(nullptr);
  }

  base::Result<void> EndCopy() override {
    if (pq_.put_copy_end(connection_, nullptr) != 1) return Failed(nullptr);
    base::Result<void> outcome;
    while (PGresult* result = pq_.next_result(connection_)) {
      auto ended = Expect(result, {kCommandOk, kCommandOk});
      if (outcome.ok()) outcome = std::move(ended);
    }
    return outcome;
  }

  // "app@localhost:5432/marts"
  static std::string Name(const Libpq& pq, PGconn* connection) {
    const auto text = [](const char* value) { return std::string(value == nullptr ? "" : value); };
    return text(pq.user(connection)) + "@" + text(pq.host(connection)) + ":" +
           text(pq.port(connection)) + "/" + text(pq.database(connection));
  }

 private:
  struct Canceller {
    LibpqConnection* connection;
    void operator()() const {
      std::array<char, 256> message{};
      connection->pq_.cancel(connection->cancel_, message.data(), static_cast<int>(message.size()));
    }
  };

  base::Result<void> Expect(PGresult* result, std::pair<int, int> wanted) {
    const int status = result == nullptr ? -1 : pq_.result_status(result);
    if (status == wanted.first || status == wanted.second) {
      pq_.clear(result);
      return {};
    }
    base::Error error = Failed(result);
    if (result != nullptr) pq_.clear(result);
    return error;
  }

  [[nodiscard]] std::string Clean(const char* text) const {
    if (text == nullptr) return "";
    const char* password = pq_.password(connection_);
    return Sanitized(text, password == nullptr ? "" : password);
  }

  base::Error Failed(const PGresult* result) const {
    const auto field = [&](int code) {
      return result == nullptr ? std::string() : Clean(pq_.result_field(result, code));
    };
    const std::string state = field(kFieldSqlState);
    std::string message = field(kFieldPrimary);
    if (message.empty()) message = Clean(pq_.error(connection_));
    if (message.empty()) message = "the server closed the connection";
    if (stop_.stop_requested()) return base::Cancelled("publishing was stopped");
    const std::string detail = field(kFieldDetail);
    const std::string context = field(kFieldContext);
    if (!detail.empty()) message += ": " + detail;
    if (!context.empty()) message += " (" + context + ")";
    if (state == "2BP01") return base::Conflict(std::move(message));
    if (state == "55P03") return base::Timeout(std::move(message));
    if (state.empty() || state.starts_with("08") || state.starts_with("57P")) {
      return base::Unavailable(std::move(message));
    }
    return base::InvalidArgument(std::move(message), field(kFieldHint));
  }

  const Libpq pq_;
  PGconn* connection_;
  PGcancel* cancel_;
  std::stop_token stop_;
  std::optional<std::stop_callback<Canceller>> on_stop_;
};

}  // namespace

base::Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Connect(
    const std::string& url, std::stop_token stop) {
  const Libpq pq = TRY(OpenLibpq());
  char* parse_error = nullptr;
  ConnectionOptions* options = pq.parse(url.c_str(), &parse_error);
  if (options == nullptr) {
    if (parse_error != nullptr) pq.free_memory(parse_error);  // it quotes the URL, password and all
    return base::InvalidArgument(
        "the connection's URL is not understood",
        "Write postgres://user:password@host:port/database; in a password, '@', ':', '/', '?', '#' "
        "and '%' are written as %40, %3A, %2F, %3F, %23 and %25.");
  }
  pq.free_options(options);
  // What stands before dbname (the URL) can be overridden by it.
  static constexpr std::array<const char*, 7> kKeys = {"connect_timeout",
                                                       "application_name",
                                                       "tcp_user_timeout",
                                                       "keepalives_idle",
                                                       "dbname",
                                                       "client_encoding",
                                                       nullptr};
  const std::array<const char*, 7> values = {"10",        "tributary", "60000", "30",
                                             url.c_str(), "UTF8",      nullptr};
  PGconn* connection = pq.connect(kKeys.data(), values.data(), 1);
  if (connection == nullptr) return base::Unavailable("out of memory for a connection");
  if (pq.status(connection) != kConnectionOk) {
    const char* password = pq.password(connection);
    base::Error error =
        base::Unavailable("cannot connect to " + LibpqConnection::Name(pq, connection) + ": " +
                          Sanitized(pq.error(connection), password == nullptr ? "" : password));
    pq.finish(connection);
    return error;
  }
  pq.set_notices(
      connection, [](void*, const char*) {}, nullptr);
  return std::unique_ptr<PostgresConnection>(
      std::make_unique<LibpqConnection>(pq, connection, stop));
}

}  // namespace pipeline
