// The data tests of a model's front matter, and the queries they stand for. Pure; THREAD: any.
#pragma once

#include <string>

#include "pipeline/project.h"
#include "pipeline/yaml.h"

namespace pipeline {

// Reads the value of `tests:` into model.tests.
void ReadDataTests(const yaml::Value& value, const yaml::Context& context, Model& model);

// "silver"."items"
[[nodiscard]] std::string QuoteRelation(const RelationName& name);

// The SELECT that reads a seed's file; its first line names the columns.
[[nodiscard]] std::string SeedQuery(const std::string& path);

}  // namespace pipeline
