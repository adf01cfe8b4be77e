// The schema of a table between Delta's JSON ("Schema Serialization Format" of the protocol) and
// columns. The type table is in docs/lake.md, "Types". Pure; THREAD: any.
//
// A DuckDB type that Delta has no name for is stored as a near one, and the field's metadata
// remembers it ("tributary.type", with ".element", ".key", ".value" for what is inside lists and
// maps), so that reading gives the DuckDB type back. Those members never show in Field::metadata.
// Other metadata is kept as it stands: text as text, anything else as "json:" and its JSON.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "columnar/type.h"

namespace lake {

// ERRORS: kCorruption for what is no schema, kUnsupported for a type we lack, by column and name.
base::Result<columnar::Schema> ParseSchema(std::string_view json);

// ERRORS: kUnsupported with the cast to write, for a type Delta cannot hold; kInvalidArgument for
// names that differ in case only.
base::Result<std::string> SchemaToJson(const columnar::Schema& schema);

// The type that a column of `type` has when it is read back: SMALLINT for a UTINYINT, DECIMAL(38,0)
// for a HUGEINT, the same for a UUID. ERRORS: as SchemaToJson.
base::Result<columnar::Type> LakeType(const columnar::Type& type, const std::string& column);

}  // namespace lake
