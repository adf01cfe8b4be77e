// The table of APIs and docs/kafka-apis.md say the same.
#include "kafka/server/apis.h"

#include <fstream>
#include <map>
#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kafka::server {
namespace {

std::string Versions(const Api& api) {
  const std::string min = std::to_string(api.version_min);
  return api.version_min == api.version_max ? min : min + "-" + std::to_string(api.version_max);
}

TEST(ApisTest, TheDocumentationListsEveryApiWithItsVersionsAndNoOther) {
  std::map<std::string, std::string> served;
  for (const Api& api : Apis()) {
    served[std::to_string(api.key) + " " + std::string(api.name)] = Versions(api);
  }
  std::map<std::string, std::string> documented;
  std::ifstream in("docs/kafka-apis.md");
  const std::regex row(R"(^\| (\d+) \| (\w+) \| ([\d-]+) \|.*)");
  std::smatch match;
  for (std::string line; std::getline(in, line);) {
    if (std::regex_match(line, match, row)) {
      documented[match[1].str() + " " + match[2].str()] = match[3];
    }
  }
  EXPECT_EQ(documented, served);
}

}  // namespace
}  // namespace kafka::server
