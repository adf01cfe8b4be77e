// kafka_messages: makes the C++ of message descriptions (docs/kafka-wire.md). A build step:
//   kafka_messages messages OUT_FOLDER FILE.txt     writes FILE.h, FILE.cc and FILE_fields.h
//   kafka_messages index OUT_FOLDER FILE.txt...     writes api.h and all_fields.h
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "emit.h"

namespace {

namespace fs = std::filesystem;

std::optional<std::string> ReadText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// An unchanged file keeps its time, so that nothing is compiled again for it.
bool Write(const fs::path& path, const std::string& text) {
  if (ReadText(path) == text) return true;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) std::cerr << path.string() << ": cannot be written\n";
  return static_cast<bool>(out);
}

std::optional<messages::NamedDescription> Read(const fs::path& path) {
  const auto text = ReadText(path);
  if (!text) {
    std::cerr << path.string() << ": cannot be read\n";
    return std::nullopt;
  }
  auto parsed = messages::Parse(*text, path.string());
  if (const auto* faults = std::get_if<messages::Faults>(&parsed)) {
    for (const std::string& fault : *faults) std::cerr << fault << "\n";
    return std::nullopt;
  }
  return messages::NamedDescription{path.stem().string(),
                                    std::move(std::get<messages::Description>(parsed))};
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 3 || (arguments[0] != "messages" && arguments[0] != "index")) {
    std::cerr << "usage: kafka_messages messages|index OUT_FOLDER FILE.txt...\n";
    return 2;
  }
  const fs::path out = arguments[1];
  std::vector<messages::NamedDescription> all;
  for (size_t i = 2; i < arguments.size(); ++i) {
    auto one = Read(arguments[i]);
    if (!one) return 1;
    all.push_back(std::move(*one));
  }
  if (arguments[0] == "index") {
    return Write(out / "api.h", messages::EmitApiTable(all)) &&
                   Write(out / "all_fields.h", messages::EmitAllFields(all))
               ? 0
               : 1;
  }
  for (const auto& [name, description] : all) {
    if (!Write(out / (name + ".h"), messages::EmitHeader(description, name)) ||
        !Write(out / (name + ".cc"), messages::EmitSource(description, name)) ||
        !Write(out / (name + "_fields.h"), messages::EmitFields(description, name))) {
      return 1;
    }
  }
  return 0;
}
