// The Avro schema of columns that came with their types (Parquet), so that it can be reviewed and
// kept like those of other files. Pure; THREAD: any.
#pragma once

#include <string_view>

#include "base/result.h"
#include "codec/avro_schema.h"
#include "columnar/type.h"

namespace codec {

// ENSURES: the schema's ToColumns has the same names (but for characters Avro refuses) and types.
// ERRORS: kUnsupported, naming the column, for a type Avro has not.
base::Result<AvroSchema> AvroFromColumns(const columnar::Schema& columns,
                                         std::string_view record_name);

}  // namespace codec
