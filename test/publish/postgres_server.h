// A private PostgreSQL server for one test program: a new cluster in a temporary folder, on a unix
// socket only, run by a user who is not root, gone with the object. Owner; THREAD: one.
#pragma once

#include <memory>
#include <string>

class PostgresServer {
 public:
  // Fails the calling test and returns nullptr when there is no server to start; Debian's package
  // is postgresql-15.
  static std::unique_ptr<PostgresServer> Start();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // "postgres://user:password@.../database"
  [[nodiscard]] std::string Url(const std::string& user = "postgres",
                                const std::string& password = kPassword,
                                const std::string& database = "postgres") const;

  static constexpr const char* kPassword = "s3cret-of-the-test";

 private:
  PostgresServer(std::string binaries, std::string folder)
      : binaries_(std::move(binaries)), folder_(std::move(folder)) {}

  std::string binaries_;
  std::string folder_;
};
