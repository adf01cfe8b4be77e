// The names a project may give: one rule for sources, schemas, tables and columns it declares.
// Pure; THREAD: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pipeline/project.h"

namespace pipeline {

// Lower-case letters, digits and '_', not starting with a digit, at most 63 bytes: the same word in
// DuckDB, in a folder's name and in PostgreSQL, without quotes. ERRORS: kInvalidArgument with the
// nearest name that would do as hint. `what` is the start of the message: "the model's name".
base::Result<void> CheckName(std::string_view what, std::string_view name);

// The same, and no schema that DuckDB or PostgreSQL keeps for itself.
base::Result<void> CheckSchemaName(std::string_view what, std::string_view name);

// "schema.name". ERRORS: kInvalidArgument.
base::Result<RelationName> ParseRelationName(std::string_view what, std::string_view text);

}  // namespace pipeline
