#include "codec/csv.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "codec/infer.h"
#include "codec/iso_time.h"
#include "codec/json_number.h"
#include "codec/json_tree.h"

namespace codec {
namespace {

// How the text of a cell stands in JSON.
enum class CellForm { kNumber, kNumberOrText, kBoolean, kText, kBytes };

CellForm FormOf(const AvroType& type) {
  switch (type.logical) {
    case AvroLogical::kDecimal:
      return CellForm::kNumber;
    case AvroLogical::kNone:
    case AvroLogical::kUuid:
      break;
    default:
      return CellForm::kNumberOrText;
  }
  switch (type.kind) {
    case AvroKind::kBoolean:
      return CellForm::kBoolean;
    case AvroKind::kInt:
    case AvroKind::kLong:
    case AvroKind::kFloat:
    case AvroKind::kDouble:
      return CellForm::kNumber;
    case AvroKind::kBytes:
    case AvroKind::kFixed:
      return CellForm::kBytes;
    default:
      return CellForm::kText;
  }
}

struct Column {
  bool read = false;
  std::string key;  // quoted, with its colon
  CellForm form = CellForm::kText;
};

class Decoder final : public CsvDecoder {
 public:
  Decoder(CsvOptions options, std::vector<Column> columns, std::unique_ptr<JsonDecoder> json)
      : options_(std::move(options)), columns_(std::move(columns)), json_(std::move(json)) {}

  std::optional<Reject> Decode(std::string_view record, columnar::BatchWriter& batch) override {
    if (base::ValidUtf8Prefix(record) != record.size())
      return Reject{Reject::Kind::kInvalidUtf8, "", "not UTF-8"};
    std::string fault;
    const auto cells = SplitCsv(record, options_.delimiter, fault);
    if (!cells.has_value()) return Reject{Reject::Kind::kMalformed, "", "not CSV: " + fault};
    if (cells->size() != columns_.size()) {
      return Reject{Reject::Kind::kMalformed, "",
                    "expected " + std::to_string(columns_.size()) + " cells, found " +
                        std::to_string(cells->size())};
    }
    text_ = "{";
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].read) continue;
      if (text_.size() > 1) text_ += ',';
      text_ += columns_[i].key;
      AppendCell((*cells)[i], columns_[i].form);
    }
    text_ += '}';
    return json_->Decode(text_, batch);
  }

 private:
  void AppendCell(const CsvCell& cell, CellForm form) {
    if (!cell.quoted && (cell.text.empty() || cell.text == options_.null_text)) {
      text_ += "null";
      return;
    }
    const bool number = JsonNumber::Parse(cell.text).has_value();
    const std::string lower = form == CellForm::kBoolean ? base::ToLower(cell.text) : "";
    if ((form == CellForm::kNumber || form == CellForm::kNumberOrText) && number) {
      text_ += cell.text;
    } else if (lower == "true" || lower == "false") {
      text_ += lower;
    } else if (form == CellForm::kBytes) {
      // The bytes of the cell as the characters that stand for them in Avro's JSON.
      constexpr std::string_view kDigits = "0123456789abcdef";
      text_ += '"';
      for (const char c : cell.text) {
        const auto byte = static_cast<unsigned char>(c);
        text_ += "\\u00";
        text_ += kDigits[byte >> 4];
        text_ += kDigits[byte & 15];
      }
      text_ += '"';
    } else {
      text_ += base::JsonQuote(cell.text);
    }
  }

  const CsvOptions options_;
  const std::vector<Column> columns_;
  const std::unique_ptr<JsonDecoder> json_;
  std::string text_;  // reused
};

// Does a column of that name feed the field? The JSON decoder, which decides, follows these rules.
bool Feeds(const AvroField& field, const std::string& name) {
  const auto same = [&](const std::string& key) {
    return field.json_ignore_case ? base::EqualsIgnoreCase(key, name) : key == name;
  };
  if (!field.json_path.empty()) return field.json_path.size() == 1 && same(field.json_path[0]);
  return same(field.name) || std::any_of(field.aliases.begin(), field.aliases.end(), same);
}

base::Result<std::vector<std::string>> HeaderNames(std::string_view header, char delimiter) {
  std::string fault;
  if (base::ValidUtf8Prefix(header) != header.size())
    return base::InvalidArgument("the header line is not UTF-8");
  const auto cells = SplitCsv(header, delimiter, fault);
  if (!cells.has_value()) return base::InvalidArgument("the header line is not CSV: " + fault);
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const CsvCell& cell : *cells) {
    if (!seen.insert(cell.text).second)
      return base::InvalidArgument("the header names the column '" + cell.text + "' twice");
    names.push_back(cell.text);
  }
  return names;
}

}  // namespace

std::optional<std::vector<CsvCell>> SplitCsv(std::string_view record, char delimiter,
                                             std::string& fault) {
  std::vector<CsvCell> cells;
  size_t at = 0;
  while (true) {
    CsvCell& cell = cells.emplace_back();
    if (at < record.size() && record[at] == '"') {
      cell.quoted = true;
      ++at;
      while (true) {
        const size_t quote = record.find('"', at);
        if (quote == std::string_view::npos) {
          fault = "a quote is not closed";
          return std::nullopt;
        }
        cell.text += record.substr(at, quote - at);
        at = quote + 1;
        if (at >= record.size() || record[at] != '"') break;
        cell.text += '"';
        ++at;
      }
      if (at < record.size() && record[at] != delimiter) {
        fault = "text behind the closing quote of cell " + std::to_string(cells.size());
        return std::nullopt;
      }
    } else {
      const size_t end = std::min(record.find(delimiter, at), record.size());
      cell.text = record.substr(at, end - at);
      if (cell.text.find('"') != std::string::npos) {
        fault = "a quote inside the unquoted cell " + std::to_string(cells.size());
        return std::nullopt;
      }
      at = end;
    }
    if (at == record.size()) return cells;
    ++at;
  }
}

base::Result<std::unique_ptr<CsvDecoder>> CsvDecoder::Create(
    const AvroSchema& schema, const CsvOptions& options, std::optional<std::string_view> header) {
  std::unique_ptr<JsonDecoder> json = TRY(JsonDecoder::Create(schema));
  const std::vector<AvroField>& fields = schema.root().fields;
  std::vector<std::string> names;
  for (const AvroField& field : fields) {
    const AvroKind kind = field.type->NonNull()->kind;
    if (kind == AvroKind::kRecord || kind == AvroKind::kArray || kind == AvroKind::kMap)
      return base::Unsupported("the field '" + field.name + "' is nested, which no CSV cell is",
                               "Declare it as string.");
    names.push_back(field.json_path.size() == 1 ? field.json_path[0] : field.name);
  }
  if (header.has_value()) names = TRY(HeaderNames(*header, options.delimiter));
  std::vector<Column> columns;
  std::vector<bool> fed(fields.size());
  for (const std::string& name : names) {
    Column& column = columns.emplace_back();
    for (size_t i = 0; i < fields.size(); ++i) {
      if (!Feeds(fields[i], name)) continue;
      column = {true, base::JsonQuote(name) + ":", FormOf(*fields[i].type->NonNull())};
      fed[i] = true;
    }
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fed[i] || fields[i].type->nullable() || fields[i].default_json.has_value()) continue;
    return base::InvalidArgument("the header has no column '" + fields[i].name + "'",
                                 base::DidYouMean(fields[i].name, names));
  }
  return std::unique_ptr<CsvDecoder>(
      std::make_unique<Decoder>(options, std::move(columns), std::move(json)));
}

base::Result<AvroSchema> GuessCsvSchema(const std::vector<std::string>& records,
                                        const CsvOptions& options,
                                        std::optional<std::string_view> header,
                                        std::string_view record_name) {
  struct Fits {
    bool any = false, whole = true, number = true, boolean = true, date = true;
  };
  std::vector<Fits> fits;
  std::vector<std::string> names;
  if (header.has_value()) {
    names = TRY(HeaderNames(*header, options.delimiter));
    fits.resize(names.size());
  }
  for (const std::string& record : records) {
    std::string fault;
    const auto cells = SplitCsv(record, options.delimiter, fault);
    if (!cells.has_value()) continue;
    if (fits.empty()) fits.resize(cells->size());
    if (cells->size() != fits.size()) continue;
    for (size_t i = 0; i < fits.size(); ++i) {
      const CsvCell& cell = (*cells)[i];
      if (!cell.quoted && (cell.text.empty() || cell.text == options.null_text)) continue;
      const auto number = JsonNumber::Parse(cell.text);
      int64_t value = 0;
      const std::string lower = base::ToLower(cell.text);
      fits[i].any = true;
      fits[i].number &= number.has_value();
      fits[i].whole &= number.has_value() && number->integer_literal &&
                       number->ToInt64(value) == NumberFit::kExact;
      fits[i].boolean &= lower == "true" || lower == "false";
      fits[i].date &= ParseIsoDate(cell.text).has_value();
    }
  }
  if (fits.empty()) return base::InvalidArgument("the sample holds no CSV record");
  for (size_t i = names.size(); i < fits.size(); ++i)
    names.push_back("column_" + std::to_string(i + 1));
  base::JsonWriter json;
  json.BeginObject().Key("type").String("record").Key("name").String(AvroName(record_name));
  json.Key("fields").BeginArray();
  std::set<std::string> taken;
  for (size_t i = 0; i < fits.size(); ++i) {
    const std::string base_name = AvroName(names[i]);
    std::string name = base_name;
    for (int n = 2; !taken.insert(base::ToLower(name)).second; ++n)
      name = base_name + "_" + std::to_string(n);
    json.BeginObject().Key("name").String(name).Key("type").BeginArray().String("null");
    if (fits[i].any && fits[i].date) {
      json.BeginObject().Key("type").String("int").Key("logicalType").String("date").EndObject();
    } else {
      json.String(!fits[i].any      ? "string"
                  : fits[i].whole   ? "long"
                  : fits[i].number  ? "double"
                  : fits[i].boolean ? "boolean"
                                    : "string");
    }
    json.EndArray().Key("default").Null();
    if (name != names[i])
      json.Key("json")
          .BeginObject()
          .Key("path")
          .BeginArray()
          .String(names[i])
          .EndArray()
          .EndObject();
    json.EndObject();
  }
  json.EndArray().EndObject();
  return AvroSchema::Parse(json.text());
}

}  // namespace codec
