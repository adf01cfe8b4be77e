// The C++ of a description: a header and a source per file, the list of all fields for tests, and
// the table of all APIs. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "description.h"

namespace messages {

// `base_name` is the file's without its ending: "produce" for kafka/wire/produce.h.
std::string EmitHeader(const Description& description, const std::string& base_name);
std::string EmitSource(const Description& description, const std::string& base_name);
// VisitFields for every struct, which tests fill, compare and print messages by.
std::string EmitFields(const Description& description, const std::string& base_name);

struct NamedDescription {
  std::string base_name;
  Description description;
};

// kafka/wire/api.h: keys, names and versions.
std::string EmitApiTable(const std::vector<NamedDescription>& all);
// kafka/wire/all_fields.h: every message, for tests.
std::string EmitAllFields(const std::vector<NamedDescription>& all);

}  // namespace messages
