// SchemaGuess: an Avro schema from sample JSON records, written for review by a person. The same
// samples in the same order give the same text. Owner; THREAD: one at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/avro_schema.h"

namespace codec {

// What samples mean:
//   whole numbers            long; with fractions among them, or beyond a long: double
//   texts, true and false    string, boolean
//   arrays                   array of what their elements mean together
//   objects                  record; map when they have no keys, or more than kInferKeysMax in all
//   null or absent somewhere ["null", T] with the default null
//   never anything but null  ["null", "string"], with a doc that says it is a guess
// Fields stand in the order in which they were first seen. A key that Avro takes for no name, or
// that differs from another in case only, gets a name close to it and "json": {"path": [key]}.
class SchemaGuess {
 public:
  SchemaGuess();
  ~SchemaGuess();
  SchemaGuess(const SchemaGuess&) = delete;
  SchemaGuess& operator=(const SchemaGuess&) = delete;

  // Takes one record in; a line that is no JSON object changes nothing (loading rejects it).
  void Add(std::string_view line);
  [[nodiscard]] int64_t samples() const { return samples_; }

  // ERRORS: kInvalidArgument, naming the field, when it has values that share no type, or when no
  // sample was a JSON object.
  [[nodiscard]] base::Result<AvroSchema> Finish(std::string_view record_name) const;

 private:
  struct Shape;
  std::unique_ptr<Shape> root_;
  int64_t samples_ = 0;
};

// `text` made a valid Avro name: other characters become '_'.
[[nodiscard]] std::string AvroName(std::string_view text);

}  // namespace codec
