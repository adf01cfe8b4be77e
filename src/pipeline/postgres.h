// One connection to PostgreSQL through libpq, which is loaded when it is first needed so that the
// program starts where it is not installed. No message carries a password. Owner; THREAD: one at a
// time. BLOCKS: bounded by connect_timeout, TCP's user timeout and the server's lock_timeout.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pipeline {

class PostgresConnection {
 public:
  // A stop cancels the statement under way. ERRORS: kUnavailable (server away), kUnsupported (no
  // libpq here), kInvalidArgument (the URL).
  static base::Result<std::unique_ptr<PostgresConnection>> Connect(const std::string& url,
                                                                   std::stop_token stop);
  virtual ~PostgresConnection() = default;

  // "app@localhost:5432/marts"
  [[nodiscard]] virtual std::string Describe() const = 0;

  // ERRORS: kConflict when other objects depend on what would be dropped (detail in the message);
  // kTimeout for a lock that was not given; kCancelled; kUnavailable; kInvalidArgument for the
  // rest.
  virtual base::Result<void> Execute(const std::string& sql) = 0;
  using Row = std::vector<std::string>;
  virtual base::Result<std::vector<Row>> Query(const std::string& sql) = 0;

  // COPY ... FROM STDIN: begin, any number of pieces, end. An error ends the copy.
  virtual base::Result<void> BeginCopy(const std::string& sql) = 0;
  virtual base::Result<void> CopyData(std::string_view bytes) = 0;
  virtual base::Result<void> EndCopy() = 0;
};

}  // namespace pipeline
