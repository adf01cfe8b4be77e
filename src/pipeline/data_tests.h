// The data tests of a model's front matter, and the queries they stand for. Pure; THREAD: any.
#pragma once

#include <string>

#include "pipeline/project.h"
#include "pipeline/yaml.h"

namespace pipeline {

// Reads the value of `tests:` into model.tests.
void ReadDataTests(const yaml::Value& value, const yaml::Context& context, Model& model);

// Mistakes in a query of kind expression are counted from here; 0 for the other kinds.
[[nodiscard]] size_t ExpressionOffset(const DataTest& test);

// "silver"."items"
[[nodiscard]] std::string QuoteRelation(const RelationName& name);

}  // namespace pipeline
