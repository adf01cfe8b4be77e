// DuckDB's exceptions as our errors, and ours as DuckDB's.
#include "sql/duckdb_error.h"

#include <charconv>
#include <exception>
#include <optional>
#include <unordered_map>

#include <duckdb/common/exception.hpp>
#include <duckdb/parser/parser.hpp>

#include "base/text.h"

namespace sql {
namespace {

using duckdb::ErrorData;
using duckdb::ExceptionType;

constexpr char kCodeKey[] = "tributary_code";
constexpr char kHintKey[] = "tributary_hint";

std::optional<std::string> Extra(const ErrorData& error, const std::string& key) {
  const auto found = error.ExtraInfo().find(key);
  if (found == error.ExtraInfo().end()) return std::nullopt;
  return found->second;
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

// "Referenced column "x" not found!" -> "referenced column "x" not found". An opening acronym or
// quoted name keeps its letters.
std::string Message(const ErrorData& error) {
  std::string text = FirstLine(error.RawMessage());
  while (!text.empty() && (text.back() == '.' || text.back() == '!' || text.back() == ' ')) {
    text.pop_back();
  }
  const auto is_upper = [&](size_t at) {
    return at < text.size() && text[at] >= 'A' && text[at] <= 'Z';
  };
  if (is_upper(0) && !is_upper(1)) text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text.empty() ? "unknown error of the SQL engine" : text;
}

// The "x", "y" of a line such as `Candidate bindings: "x", "y"`.
void AddQuoted(std::string_view line, std::vector<std::string>& names) {
  while (true) {
    const size_t start = line.find('"');
    if (start == std::string_view::npos) return;
    const size_t end = line.find('"', start + 1);
    if (end == std::string_view::npos) return;
    names.emplace_back(line.substr(start + 1, end - start - 1));
    line.remove_prefix(end + 1);
  }
}

// Names come in the error's details or in the text alone: columns and tables quoted on a line of
// their own, functions a line each.
std::vector<std::string> AllCandidates(const ErrorData& error) {
  std::vector<std::string> names;
  if (const auto list = Extra(error, "candidates"); list.has_value() && !list->empty()) {
    for (const std::string_view name : base::Split(*list, ',')) names.emplace_back(name);
    return names;
  }
  bool functions = false;
  for (const std::string_view line : base::Split(error.RawMessage(), '\n')) {
    if (functions && line.starts_with('\t')) names.emplace_back(base::Trim(line));
    functions = line.find("Candidate functions:") != std::string_view::npos ||
                (functions && line.starts_with('\t'));
    if (line.starts_with("Candidate ") && !functions) AddQuoted(line, names);
  }
  return names;
}

// Nobody meant a table of DuckDB's own catalog when another name was not found.
std::vector<std::string> Candidates(const ErrorData& error) {
  std::vector<std::string> names = AllCandidates(error);
  std::erase_if(names, [](const std::string& name) {
    return name.starts_with("duckdb_") || name.starts_with("pg_") || name.starts_with("sqlite_");
  });
  return names;
}

// The suggestion DuckDB itself words, as in `Did you mean "pg_class"?`.
std::string OwnSuggestion(const std::string& text) {
  const size_t start = text.find("Did you mean \"");
  if (start == std::string::npos) return {};
  const size_t end = text.find('?', start);
  if (end == std::string::npos || text.compare(start + 14, 7, "duckdb_") == 0 ||
      text.compare(start + 14, 3, "pg_") == 0 || text.compare(start + 14, 7, "sqlite_") == 0) {
    return {};
  }
  return text.substr(start, end - start + 1);
}

std::string Hint(const ErrorData& error) {
  if (error.Type() == ExceptionType::OUT_OF_MEMORY) {
    return "Give the program more memory, or fewer threads.";
  }
  const std::vector<std::string> candidates = Candidates(error);
  if (candidates.empty()) return OwnSuggestion(error.RawMessage());
  return "Candidates: " + base::Join(candidates, ", ") + ".";
}

// Bytes from the start of `text` to its code point number `index`.
size_t ByteOfCodePoint(const std::string& text, size_t index) {
  size_t at = 0;
  for (; at < text.size() && index > 0; --index) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

std::optional<size_t> Offset(const ErrorData& error, const std::string& text) {
  const auto position = Extra(error, "position");
  if (!position.has_value()) return std::nullopt;
  size_t offset = 0;
  const char* end = position->data() + position->size();
  if (std::from_chars(position->data(), end, offset).ec != std::errc()) return std::nullopt;
  // DuckDB's grammar counts code points, everything behind it bytes.
  if (Extra(error, "error_subtype") == "SYNTAX_ERROR") offset = ByteOfCodePoint(text, offset);
  if (offset > text.size()) return std::nullopt;
  return offset;
}

base::Code CodeOf(ExceptionType type) {
  switch (type) {
    case ExceptionType::INTERRUPT:
      return base::Code::kCancelled;
    case ExceptionType::IO:
    case ExceptionType::OUT_OF_MEMORY:
      return base::Code::kIo;
    case ExceptionType::HTTP:
    case ExceptionType::NETWORK:
    case ExceptionType::CONNECTION:
      return base::Code::kUnavailable;
    case ExceptionType::TRANSACTION:
      return base::Code::kConflict;
    case ExceptionType::NOT_IMPLEMENTED:
    case ExceptionType::MISSING_EXTENSION:
    case ExceptionType::AUTOLOAD:
      return base::Code::kUnsupported;
    case ExceptionType::FATAL:
    case ExceptionType::INTERNAL:
    case ExceptionType::NULL_POINTER:
      return base::Code::kInternal;
    default:
      return base::Code::kInvalidArgument;
  }
}

ExceptionType TypeOf(base::Code code) {
  switch (code) {
    case base::Code::kCancelled:
      return ExceptionType::INTERRUPT;
    case base::Code::kInvalidArgument:
    case base::Code::kNotFound:
    case base::Code::kUnsupported:
      return ExceptionType::INVALID_INPUT;
    case base::Code::kAlreadyExists:
    case base::Code::kConflict:
    case base::Code::kCorruption:
    case base::Code::kIo:
    case base::Code::kTimeout:
    case base::Code::kUnavailable:
    case base::Code::kInternal:  // ours; DuckDB's own INTERNAL would invalidate its database
      return ExceptionType::IO;
  }
  return ExceptionType::IO;
}

constexpr base::Code kCodes[] = {base::Code::kNotFound,
                                 base::Code::kAlreadyExists,
                                 base::Code::kConflict,
                                 base::Code::kCorruption,
                                 base::Code::kIo,
                                 base::Code::kTimeout,
                                 base::Code::kUnavailable,
                                 base::Code::kCancelled,
                                 base::Code::kInvalidArgument,
                                 base::Code::kUnsupported,
                                 base::Code::kInternal};

}  // namespace

QueryText::QueryText(std::string text) : text_(std::move(text)) {
  std::string stripped;
  try {
    if (!duckdb::Parser::StripUnicodeSpaces(text_, stripped)) return;
  } catch (const std::exception&) {
    return;  // the parser will say what is wrong
  }
  for (size_t at = 0, in_stripped = 0; at < text_.size(); ++in_stripped) {
    if (in_stripped < stripped.size() && text_[at] == stripped[in_stripped]) {
      ++at;
      continue;
    }
    do {
      text_[at++] = ' ';
    } while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80);
  }
}

base::Error ToError(const ErrorData& error) {
  if (const auto name = Extra(error, kCodeKey); name.has_value()) {
    for (const base::Code code : kCodes) {
      if (base::CodeName(code) == *name) {
        return {code, error.RawMessage(), Extra(error, kHintKey).value_or("")};
      }
    }
  }
  return {CodeOf(error.Type()), Message(error), Hint(error)};
}

SqlError ToSqlError(const ErrorData& error, const QueryText& query) {
  const base::Error translated = ToError(error);
  SqlError result;
  result.code = translated.code();
  result.message = FirstLine(translated.message());
  result.offset = Offset(error, query.text());
  result.candidates = Candidates(error);
  result.hint = result.candidates.empty() ? translated.hint() : "";
  return result;
}

ErrorData CurrentException() {
  try {
    throw;
  } catch (const std::exception& exception) {
    return ErrorData(exception);
  } catch (...) {
    return ErrorData("unknown exception");
  }
}

void ThrowThroughDuckDb(const base::Error& error) {
  const std::unordered_map<std::string, std::string> extra{
      {kCodeKey, std::string(base::CodeName(error.code()))}, {kHintKey, error.hint()}};
  throw duckdb::Exception(TypeOf(error.code()), error.message(), extra);
}

}  // namespace sql
