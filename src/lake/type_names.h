// The type table: which Delta type holds which DuckDB type (docs/lake.md, "Types"). Private to the
// room: delta_schema.cc reads by it, types.cc writes by it.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "columnar/type.h"

namespace lake {

// Members of a field's metadata that remember a DuckDB type; see delta_schema.h.
inline constexpr std::string_view kTypeKey = "tributary.type";
inline constexpr std::string_view kJsonPrefix = "json:";

struct PrimitiveName {
  columnar::TypeId id;
  std::string_view delta;
};

// Types that Delta has by a name of its own. `decimal(p,s)` is spelled by its numbers; `void` is
// read only: a column that is null everywhere.
inline constexpr std::array<PrimitiveName, 13> kPrimitiveNames = {{
    {columnar::TypeId::kBoolean, "boolean"},
    {columnar::TypeId::kTinyInt, "byte"},
    {columnar::TypeId::kSmallInt, "short"},
    {columnar::TypeId::kInteger, "integer"},
    {columnar::TypeId::kBigInt, "long"},
    {columnar::TypeId::kFloat, "float"},
    {columnar::TypeId::kDouble, "double"},
    {columnar::TypeId::kVarchar, "string"},
    {columnar::TypeId::kBlob, "binary"},
    {columnar::TypeId::kDate, "date"},
    {columnar::TypeId::kTimestampTz, "timestamp"},
    {columnar::TypeId::kTimestamp, "timestamp_ntz"},
    {columnar::TypeId::kNull, "void"},
}};

// What the metadata remembers of `type` itself: "UUID", "ENUM('a', 'b')", "ARRAY[3]"; "" when Delta
// has the type.
[[nodiscard]] std::string RememberedType(const columnar::Type& type);

// The inverse, applied to the type as Delta has it; leaves `type` alone when they do not fit.
void RestoreType(columnar::Type& type, std::string_view remembered);

}  // namespace lake
