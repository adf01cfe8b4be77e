// The table of APIs against the page that tells of it.
#include "kafka/server/apis.h"

#include <fstream>
#include <map>
#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kafka::server {
namespace {

// The rows of docs/kafka-apis.md by key: "Fetch 4-18".
std::map<int, std::string> Documented() {
  std::map<int, std::string> rows;
  const std::regex row(R"(^\| (\d+) \| (\w+) \| (\d+-\d+) \| \[.*\]\(\.\./(.+)\) \|$)");
  std::ifstream in("docs/kafka-apis.md");
  std::smatch match;
  for (std::string line; std::getline(in, line);) {
    if (!std::regex_match(line, match, row)) continue;
    rows[std::stoi(match[1])] = match[2].str() + " " + match[3].str();
    EXPECT_TRUE(std::ifstream(match[4].str()).good()) << match[4];
  }
  return rows;
}

TEST(ApisTest, EveryApiServedStandsInTheDocumentWithItsVersionsAndATest) {
  std::map<int, std::string> served;
  for (const Api& api : Apis()) {
    served[api.key] = std::string(api.name) + " " + std::to_string(api.version_min) + "-" +
                      std::to_string(api.version_max);
  }
  EXPECT_EQ(Documented(), served);
}

TEST(ApisTest, AnApiIsFoundByItsKeyAndNoOther) {
  for (const Api& api : Apis()) EXPECT_EQ(FindApi(api.key), &api);
  EXPECT_EQ(FindApi(-1), nullptr);
  EXPECT_EQ(FindApi(4), nullptr);  // LeaderAndIsr, between brokers
  EXPECT_EQ(FindApi(INT16_MAX), nullptr);
}

}  // namespace
}  // namespace kafka::server
