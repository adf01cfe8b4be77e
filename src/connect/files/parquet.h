// Parquet files as one SELECT for the sql room: their columns held against the schema, widened
// where nothing is lost. BLOCKS; THREAD: that of the connection.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "codec/avro_schema.h"
#include "connect/files/input_file.h"
#include "sql/engine.h"

namespace connect::files {

// The schema that a file brings.
base::Result<codec::AvroSchema> ParquetSchema(sql::Connection& connection, const InputFile& input,
                                              const std::string& record_name);

// A SELECT of the schema's columns over all rows of the files.
// ERRORS: kInvalidArgument "data/x.parquet: the column 'price' is VARCHAR, the schema has FLOAT", a
// required column that is missing or holds nulls; those of DuckDB for a damaged file.
base::Result<std::string> ParquetQuery(sql::Connection& connection,
                                       const std::vector<InputFile>& inputs,
                                       const codec::AvroSchema& schema);

}  // namespace connect::files
