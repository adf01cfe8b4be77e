// `tributary up` as people use it: kcat against it, kills, mistakes, other commands beside it, and
// listeners that ask who is there. Everything goes through a real shell.
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "referee/process.h"

namespace {

namespace fs = std::filesystem;
using referee::Ended;
using referee::Process;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class KafkaTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = testing::TempDir() + "kafka_" + std::to_string(getpid()) + "/" + test->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    ASSERT_EQ(Run("tributary new p").exit_code, 0);
  }
  void TearDown() override {
    up_.reset();
    fs::remove_all(folder_);
  }

  // bash in the test's folder; `tributary` is the program of this build, $B and $H where it listens.
  [[nodiscard]] std::vector<std::string> Bash(const std::string& script) const {
    return {"/bin/bash", "-c",
            "set -o pipefail; cd '" + folder_ + "'; PATH=$(dirname '" TRIBUTARY_PROGRAM
                                                "'):$PATH; B=" +
                kafka_ + " H=" + http_ + "\n" + script};
  }
  [[nodiscard]] Ended Run(const std::string& script) const {
    return Process(Bash(script), {{"NO_COLOR", "1"}}).Wait();
  }

  void Write(const std::string& path, const std::string& text) const {
    std::ofstream(folder_ + "/" + path, std::ios::binary) << text;
  }
  [[nodiscard]] std::string Read(const std::string& path) const {
    std::ostringstream text;
    text << std::ifstream(folder_ + "/" + path, std::ios::binary).rdbuf();
    return text.str();
  }

  // Starts `up` on free ports and learns where it listens from what it prints.
  void Up(const std::string& options = "--kafka-listen 127.0.0.1:0 --http-listen 127.0.0.1:0") {
    up_.reset();
    fs::remove(folder_ + "/up.log");
    up_ = std::make_unique<Process>(Bash("cd p; exec tributary up " + options + " 2>../up.log"),
                                    std::map<std::string, std::string>{{"NO_COLOR", "1"}});
    for (int tries = 0; tries < 2'000; ++tries) {
      if (const auto ended = up_->WaitFor(std::chrono::milliseconds(10))) break;
      const std::string said = Read("up.log");
      if (said.find("ready in") == std::string::npos || !said.ends_with('\n')) continue;
      kafka_ = AddressAfter(said, "Kafka on ");
      http_ = AddressAfter(said, "HTTP on ");
      return;
    }
    FAIL() << "it did not start: " << Read("up.log");
  }
  static std::string AddressAfter(const std::string& text, const std::string& mark) {
    const size_t begin = text.find(mark);
    if (begin == std::string::npos) return "";
    const size_t address = begin + mark.size();
    return text.substr(address, text.find_first_of(", ", address) - address);
  }

  // The answer of a path of the HTTP listener.
  [[nodiscard]] std::string Get(const std::string& path) const {
    return Run("exec 3<>/dev/tcp/${H%:*}/${H#*:}; printf 'GET " + path +
               " HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3")
        .out;
  }

  std::string folder_;
  std::string kafka_, http_;
  std::unique_ptr<Process> up_;
};

TEST_F(KafkaTest, RecordsAndOffsetsSurviveAKill) {
  Up();
  const Ended produced = Run("seq 1 1000 | kcat -P -b $B -t numbers -X acks=all");
  ASSERT_EQ(produced.exit_code, 0) << produced.err;
  const Ended consumed = Run("kcat -C -b $B -t numbers -o beginning -e -q | tail -n 1");
  EXPECT_EQ(consumed.out, "1000\n") << consumed.err;
  const Ended grouped = Run("kcat -b $B -G readers -e -q -X auto.offset.reset=earliest numbers");
  EXPECT_EQ(std::count(grouped.out.begin(), grouped.out.end(), '\n'), 1000) << grouped.err;

  up_->Kill();
  EXPECT_EQ(up_->Wait().exit_code, 128 + 9);
  Up();
  EXPECT_EQ(Run("kcat -C -b $B -t numbers -o beginning -e -q").out, Run("seq 1 1000").out);
  ASSERT_EQ(Run("echo more | kcat -P -b $B -t numbers").exit_code, 0);
  const Ended again = Run("kcat -b $B -G readers -e -q -X auto.offset.reset=earliest numbers");
  EXPECT_EQ(again.out, "more\n") << again.err << "the group has read the others";
}

TEST_F(KafkaTest, CtrlCStopsItAndWhatIsThereStays) {
  Up();
  ASSERT_EQ(Run("echo kept | kcat -P -b $B -t t").exit_code, 0);
  const Ended stopped = Run("kill -INT $(head -n 1 p/.tributary/owner.lock)");
  EXPECT_EQ(stopped.exit_code, 0) << stopped.err;
  EXPECT_EQ(up_->Wait().exit_code, 0) << Read("up.log");
  EXPECT_THAT(Read("up.log"), Not(HasSubstr("could not be closed cleanly")));
  Up();
  EXPECT_EQ(Run("kcat -C -b $B -t t -o beginning -e -q").out, "kept\n");
}

TEST_F(KafkaTest, OtherCommandsWorkBesideIt) {
  Up();
  const Ended run = Run("cd p && tributary run && tributary sql -o csv 'SELECT count(*) AS n FROM "
                        "bronze.orders'");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("n\n7\n"));
  const Ended second = Run("cd p && tributary up");
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("the project is up already (process "));
  // A command that would never end by itself ends with it.
  const Ended endless = Run(
      "cd p; tributary sql 'SELECT count(*) FROM range(1000000) a, range(1000000) b' & guest=$!\n"
      "until (( $(ls /proc/$guest/fd | wc -l) > 6 )); do :; done\n"
      "kill -TERM $(head -n 1 .tributary/owner.lock); wait $guest; echo $?");
  EXPECT_EQ(endless.out, "130\n") << endless.err;
  EXPECT_EQ(up_->Wait().exit_code, 0);
}

TEST_F(KafkaTest, ProbesAndMetricsAreAnswered) {
  Up();
  ASSERT_EQ(Run("seq 1 10 | kcat -P -b $B -t t").exit_code, 0);
  EXPECT_THAT(Get("/healthz"), HasSubstr("200 OK"));
  EXPECT_THAT(Get("/readyz"), HasSubstr("\r\n\r\nready\n"));
  EXPECT_THAT(
      Get("/metrics"),
      AllOf(HasSubstr("tributary_partition_high_watermark{partition=\"0\",topic=\"t\"} 10\n"),
            HasSubstr("tributary_log_writable 1\n"),
            HasSubstr("tributary_connections_accepted_total{listener=\"kafka\"}"),
            HasSubstr("tributary_memory_account_bytes{account=\"kafka_requests\"} 0\n"),
            HasSubstr("process_resident_memory_bytes ")));
}

TEST_F(KafkaTest, MistakesAreToldWithWhatToDo) {
  Up();
  ASSERT_EQ(Run("tributary new q").exit_code, 0);
  const Ended taken = Run("cd q && tributary up --kafka-listen $B --http-listen off");
  EXPECT_EQ(taken.exit_code, 1);
  EXPECT_THAT(taken.err, AllOf(HasSubstr("another program listens on " + kafka_),
                               HasSubstr("--kafka-listen")));
  const Ended strangers = Run("cd q && tributary up --kafka-listen 0.0.0.0:0 --http-listen off");
  EXPECT_EQ(strangers.exit_code, 2);
  EXPECT_THAT(strangers.err, HasSubstr("--allow-anonymous"));
  const Ended address = Run("cd q && tributary up --kafka-listen here");
  EXPECT_EQ(address.exit_code, 2);
  EXPECT_THAT(address.err, HasSubstr("'here' is not an address"));
  const Ended nowhere = Run("mkdir bare && cd bare && tributary up");
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("no tributary.yaml in "));
  Write("q/tributary.yaml", "name: q\nlog: {folder: ../p/.tributary/log}\n");
  const Ended locked =
      Run("cd q && tributary up --kafka-listen 127.0.0.1:0 --http-listen off");
  EXPECT_EQ(locked.exit_code, 1);
  EXPECT_THAT(locked.err, HasSubstr("another process has the log in "));
  Write("q/tributary.yaml", "name: q\nlog: kafka://user:secret@b1:9092\n");
  const Ended elsewhere = Run("cd q && tributary up");
  EXPECT_EQ(elsewhere.exit_code, 2);
  EXPECT_THAT(elsewhere.err, AllOf(HasSubstr("kafka://b1:9092"), Not(HasSubstr("secret"))));
}

TEST_F(KafkaTest, ListenersWithTlsAndPasswordsLetInWhomTheyKnow) {
  const Ended made = Run(
      "cd p; key='openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -batch'\n"
      "{ $key -x509 -days 30 -subj /CN=authority -keyout ca.key -out ca.pem &&\n"
      "$key -subj /CN=127.0.0.1 -keyout s.key -out s.csr &&\n"
      "printf 'subjectAltName=IP:127.0.0.1' >ext &&\n"
      "openssl x509 -req -in s.csr -CA ca.pem -CAkey ca.key -days 30 -extfile ext -out s.pem; } "
      "2>&1");
  ASSERT_EQ(made.exit_code, 0) << made.out;
  Write("p/tributary.yaml", R"(name: p
kafka:
  listen: [SSL://127.0.0.1:0]
  tls: {certificate: s.pem, key: s.key}
  sasl: {mechanisms: [SCRAM-SHA-256, PLAIN], users: {alice: "${ALICE:-wonder}"}}
http: {listen: off}
)");
  Up("");
  EXPECT_EQ(Run("echo x | kcat -P -b $B -t t -X security.protocol=SSL -X ssl.ca.location=p/ca.pem")
                .exit_code,
            0);
  EXPECT_EQ(Run("kcat -C -b $B -t t -o beginning -e -q -X security.protocol=SSL "
                "-X ssl.ca.location=p/ca.pem")
                .out,
            "x\n");
  EXPECT_THAT(Run("openssl s_client -connect $B -CAfile p/ca.pem -verify_return_error </dev/null")
                  .out,
              HasSubstr("TLSv1.3"));

  Up("--kafka-listen SASL_SSL://127.0.0.1:0");
  const std::string who =
      " -X security.protocol=SASL_SSL -X ssl.ca.location=p/ca.pem -X sasl.username=alice "
      "-X sasl.mechanisms=";
  for (const char* mechanism : {"SCRAM-SHA-256", "PLAIN"}) {
    const Ended known = Run("kcat -C -b $B -t t -o beginning -e -q" + who + mechanism +
                            " -X sasl.password=wonder");
    EXPECT_EQ(known.out, "x\n") << mechanism << known.err;
    const Ended unknown =
        Run("kcat -L -m 5 -b $B" + who + mechanism + " -X sasl.password=wonders");
    EXPECT_NE(unknown.exit_code, 0) << mechanism;
  }
  EXPECT_NE(Run("kcat -L -m 3 -b $B -X security.protocol=SSL -X ssl.ca.location=p/ca.pem")
                .exit_code,
            0)
      << "nobody passes without a name";
}

}  // namespace
