#include "postgres_server.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <gtest/gtest.h>
#include <unistd.h>

namespace {

// As the user that Debian's package makes when we are root, which PostgreSQL refuses to run as.
std::string AsServerUser(const std::string& command) {
  if (geteuid() != 0) return command;
  return "setpriv --reuid=postgres --regid=postgres --clear-groups " + command;
}

bool Run(const std::string& command) { return std::system(command.c_str()) == 0; }

std::string FindBinaries() {
  std::error_code error;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", error)) {
    const std::filesystem::path binaries = version.path() / "bin";
    if (std::filesystem::exists(binaries / "initdb", error)) return binaries.string();
  }
  return "";
}

}  // namespace

std::unique_ptr<PostgresServer> PostgresServer::Start() {
  const std::string binaries = FindBinaries();
  if (binaries.empty()) {
    ADD_FAILURE() << "no PostgreSQL server in /usr/lib/postgresql: apt-get install postgresql-15";
    return nullptr;
  }
  // The path of a unix socket is short, so not below the test's own temporary folder.
  std::string folder = "/tmp/tributary_pg_XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    ADD_FAILURE() << "no temporary folder";
    return nullptr;
  }
  std::unique_ptr<PostgresServer> server(new PostgresServer(binaries, folder));
  std::ofstream(folder + "/password") << kPassword << "\n";
  std::filesystem::permissions(folder + "/password", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  if (geteuid() == 0 && !Run("chown -R postgres " + folder)) ADD_FAILURE() << "chown " << folder;
  const bool started =
      Run("cd / && " +
          AsServerUser(binaries + "/initdb -D " + folder + "/data -U postgres -E UTF8 --locale=C " +
                       "-A scram-sha-256 --pwfile=" + folder + "/password -N > " + folder +
                       "/initdb.log 2>&1")) &&
      Run("cd / && " + AsServerUser(binaries + "/pg_ctl -D " + folder + "/data -w -t 60 -l " +
                                    folder + "/server.log -o \"-k " + folder +
                                    " -c listen_addresses='' -c fsync=off\" start > " + folder +
                                    "/pg_ctl.log 2>&1"));
  if (started) return server;
  ADD_FAILURE() << "PostgreSQL did not start";
  Run("cat " + folder + "/*.log");
  return nullptr;
}

PostgresServer::~PostgresServer() {
  Run("cd / && " + AsServerUser(binaries_ + "/pg_ctl -D " + folder_ +
                                "/data -m immediate -w stop > /dev/null 2>&1"));
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

std::string PostgresServer::Url(const std::string& user, const std::string& password,
                                const std::string& database) const {
  return "postgres://" + user + ":" + password + "@/" + database + "?host=" + folder_;
}
