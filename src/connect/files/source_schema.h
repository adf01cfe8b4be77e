// The schema of a source: read from its file, or inferred from the head of its inputs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/avro_schema.h"
#include "connect/files/input_file.h"
#include "connect/files/load.h"
#include "env/files.h"

namespace connect::files {

// nullopt when the schema file does not exist (or none is named). ERRORS: kInvalidArgument
// "schemas/x.avsc:3:14: ...".
base::Result<std::optional<codec::AvroSchema>> ReadSchemaFile(env::Files& files,
                                                              const LoadOptions& options);

// From samples of JSON or CSV inputs. ERRORS: kInvalidArgument, naming the field that has no type.
base::Result<codec::AvroSchema> InferSchema(env::Files& files, const LoadOptions& options,
                                            const std::vector<InputFile>& inputs);

// Writes an inferred schema to the schema file, for review; nothing when none is named.
base::Result<void> KeepSchema(env::Files& files, const LoadOptions& options,
                              const codec::AvroSchema& schema);

// The record name of an inferred schema: that of the schema file, or of the source.
[[nodiscard]] std::string RecordName(const LoadOptions& options);

// The schema file is what the table shall be: a field that is new in it, or no longer required,
// changes the table with the next commit. Editing the file is how one asks for that.
void FollowSchemaFile(sql::WriteOptions& write);

}  // namespace connect::files
