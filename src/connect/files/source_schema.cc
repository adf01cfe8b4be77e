#include "connect/files/source_schema.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "codec/csv.h"
#include "codec/infer.h"
#include "connect/files/glob.h"
#include "connect/files/line_reader.h"

namespace connect::files {
namespace {

// The first records of a file: at most kInferLinesMax, and about kInferBytesMax.
base::Result<std::vector<std::string>> Head(env::Files& files, const InputFile& input) {
  LineRange range;
  if (input.format == Format::kCsv) range.csv_delimiter = input.delimiter;
  LineReader reader(TRY(OpenBytes(files, input, 0)), range);
  std::vector<std::string> records;
  uint64_t bytes = 0;
  Line line;
  while (static_cast<int>(records.size()) < base::limits::kInferLinesMax &&
         bytes < base::limits::kInferBytesMax && TRY(reader.Next(line).With(input.path))) {
    bytes += line.text.size();
    if (!line.blank && !line.too_long) records.emplace_back(line.text);
  }
  return records;
}

base::Result<codec::AvroSchema> InferCsv(env::Files& files, const LoadOptions& options,
                                         const std::vector<InputFile>& inputs) {
  std::vector<std::string> records;
  std::optional<std::string> header;
  for (const InputFile& input : inputs) {
    std::vector<std::string> head = TRY(Head(files, input));
    if (options.first_line_header && !head.empty()) {
      // Files may order their columns differently; those like the first are the sample.
      if (!header.has_value()) header = head.front();
      if (head.front() != *header) continue;
      head.erase(head.begin());
    }
    records.insert(records.end(), std::make_move_iterator(head.begin()),
                   std::make_move_iterator(head.end()));
  }
  return codec::GuessCsvSchema(records, {inputs.front().delimiter, options.null_text}, header,
                               RecordName(options));
}

}  // namespace

std::string RecordName(const LoadOptions& options) {
  std::string name = options.schema_file.empty() ? options.source : options.schema_file;
  if (const size_t slash = name.rfind('/'); slash != std::string::npos) name.erase(0, slash + 1);
  if (const size_t dot = name.find('.'); dot != std::string::npos && dot > 0) name.resize(dot);
  return codec::AvroName(name);
}

base::Result<std::optional<codec::AvroSchema>> ReadSchemaFile(env::Files& files,
                                                              const LoadOptions& options) {
  if (options.schema_file.empty()) return std::optional<codec::AvroSchema>();
  const base::Result<std::string> text =
      env::ReadWhole(files, JoinPath(options.project_root, options.schema_file),
                     base::limits::kProjectFileBytesMax);
  if (!text.ok() && text.error().code() == base::Code::kNotFound)
    return std::optional<codec::AvroSchema>();
  if (!text.ok()) return text.error();
  base::Result<codec::AvroSchema> schema = codec::AvroSchema::Parse(*text);
  if (!schema.ok()) {
    // As compilers have it: file:line:column, with no space between.
    return base::Error(schema.error().code(), options.schema_file + ":" + schema.error().message(),
                       schema.error().hint());
  }
  return std::optional<codec::AvroSchema>(*std::move(schema));
}

base::Result<codec::AvroSchema> InferSchema(env::Files& files, const LoadOptions& options,
                                            const std::vector<InputFile>& inputs) {
  std::vector<InputFile> sample = inputs;
  if (sample.size() > base::limits::kInferFilesMax) sample.resize(base::limits::kInferFilesMax);
  const std::string context = "cannot infer a schema from " + sample.front().path +
                              (sample.size() > 1 ? " and the files after it" : "");
  if (sample.front().format == Format::kCsv) return InferCsv(files, options, sample).With(context);
  codec::SchemaGuess guess;
  for (const InputFile& input : sample)
    for (const std::string& record : TRY(Head(files, input))) guess.Add(record);
  return guess.Finish(RecordName(options)).With(context);
}

base::Result<void> KeepSchema(env::Files& files, const LoadOptions& options,
                              const codec::AvroSchema& schema) {
  if (options.schema_file.empty()) return {};
  const std::string path = JoinPath(options.project_root, options.schema_file);
  if (const size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0)
    TRY(files.CreateDirectories(path.substr(0, slash)));
  return env::WriteWhole(files, path, schema.ToPrettyJson()).With(options.schema_file);
}

base::Result<columnar::Schema> SourceColumns(env::Files& files, const LoadOptions& options) {
  if (const auto schema = TRY(ReadSchemaFile(files, options)); schema.has_value())
    return schema->ToColumns().With(options.schema_file);
  const std::vector<InputFile> inputs = TRY(FindInputs(files, options));
  if (inputs.front().format == Format::kParquet)
    return base::Unsupported(
        "the columns of '" + inputs.front().path + "' are known once it has been loaded",
        "`tributary run` loads it and writes its schema to '" + options.schema_file + "'.");
  return TRY(InferSchema(files, options, inputs)).ToColumns();
}

void FollowSchemaFile(sql::WriteOptions& write) {
  write.evolve_schema = true;
  write.relax_not_null = true;
}

}  // namespace connect::files
