// The type table applied: what a column is stored as, read back as, and which types are refused.
#include <charconv>
#include <set>
#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "lake/delta_schema.h"
#include "lake/table.h"
#include "lake/type_names.h"

namespace lake {
namespace {

using base::JsonWriter;
using columnar::Field;
using columnar::Schema;
using columnar::Type;
using columnar::TypeId;

base::Error Refused(const Type& type, const std::string& column, const std::string& cast) {
  const std::string name = type.id == TypeId::kNull ? "NULL" : type.ToSql();
  const std::string what =
      type.id == TypeId::kNull ? "has no type, only NULLs," : "is of type " + name + ",";
  return base::Unsupported("column '" + column + "' " + what + " which a lake table cannot hold",
                           "Write CAST(" + base::QuoteIdentifier(column) + " AS " + cast + ") AS " +
                               base::QuoteIdentifier(column) + " in its place.");
}

enum class Side : uint8_t {
  kReader,   // what comes back from a table
  kStorage,  // what the Parquet file holds
};

base::Result<Type> Convert(const Type& type, const std::string& column, Side side);

base::Result<Type> ConvertNested(const Type& type, const std::string& column, Side side) {
  Type converted = type;
  for (Field& child : converted.children) {
    const bool is_member = type.id == TypeId::kStruct;
    child.type = TRY(Convert(child.type, is_member ? column + "." + child.name : column, side));
  }
  if (type.id == TypeId::kArray && side == Side::kStorage) {
    converted.id = TypeId::kList;
    converted.array_size = 0;
  }
  return converted;
}

base::Result<Type> Convert(const Type& type, const std::string& column, Side side) {
  switch (type.id) {
    case TypeId::kBoolean:
    case TypeId::kTinyInt:
    case TypeId::kSmallInt:
    case TypeId::kInteger:
    case TypeId::kBigInt:
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kDecimal:
    case TypeId::kVarchar:
    case TypeId::kBlob:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return type;
    case TypeId::kUTinyInt:
      return Type(TypeId::kSmallInt);
    case TypeId::kUSmallInt:
      return Type(TypeId::kInteger);
    case TypeId::kUInteger:
      return Type(TypeId::kBigInt);
    case TypeId::kUBigInt:
      return Type::Decimal(20, 0);
    case TypeId::kHugeInt:
      return Type::Decimal(38, 0);
    case TypeId::kTimestampS:
    case TypeId::kTimestampMs:
      return Type(TypeId::kTimestamp);
    case TypeId::kUuid:
    case TypeId::kEnum:
    case TypeId::kJson:
    case TypeId::kTime:
      return side == Side::kStorage ? Type(TypeId::kVarchar) : type;
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap:
    case TypeId::kArray:
      return ConvertNested(type, column, side);
    case TypeId::kUHugeInt:
      return Refused(type, column, "DECIMAL(38,0)");
    case TypeId::kTimestampNs:
      return Refused(type, column, "TIMESTAMP");
    case TypeId::kTimeTz:
    case TypeId::kInterval:
    case TypeId::kBit:
    case TypeId::kUnion:
    case TypeId::kNull:
    case TypeId::kOther:
      return Refused(type, column, "VARCHAR");
  }
  return base::Internal("a type without a row in the type table");
}

base::Result<void> CheckNames(const std::vector<Field>& fields, const std::string& parent) {
  std::set<std::string> seen;
  for (const Field& field : fields) {
    const std::string path = parent.empty() ? field.name : parent + "." + field.name;
    if (field.name.empty()) return base::InvalidArgument("a column has no name");
    if (!seen.insert(base::ToLower(field.name)).second) {
      return base::InvalidArgument(
          "two columns are named '" + path + "'",
          "Names in a lake table differ by more than upper and lower case; rename one.");
    }
  }
  return {};
}

// Writes one schema. Types have gone through Convert, so every one has a row.
class SchemaWriter {
 public:
  base::Result<std::string> Write(const Schema& schema) {
    TRY(WriteStruct(schema.fields, ""));
    return std::move(json_).Take();
  }

 private:
  base::Result<void> WriteStruct(const std::vector<Field>& fields, const std::string& parent) {
    TRY(CheckNames(fields, parent));
    json_.BeginObject().Key("type").String("struct").Key("fields").BeginArray();
    for (const Field& field : fields) {
      const std::string path = parent.empty() ? field.name : parent + "." + field.name;
      const Type type = TRY(Convert(field.type, path, Side::kReader));
      json_.BeginObject().Key("name").String(field.name).Key("type");
      TRY(WriteType(type, path));
      json_.Key("nullable").Bool(field.nullable).Key("metadata").BeginObject();
      for (const auto& [key, value] : field.metadata) {
        if (value.starts_with(kJsonPrefix)) {
          json_.Key(key).Raw(std::string_view(value).substr(kJsonPrefix.size()));
        } else {
          json_.Key(key).String(value);
        }
      }
      WriteRemembered(type, std::string(kTypeKey));
      json_.EndObject().EndObject();
    }
    json_.EndArray().EndObject();
    return {};
  }

  base::Result<void> WriteType(const Type& type, const std::string& path) {
    if (type.id == TypeId::kStruct) return WriteStruct(type.children, path);
    if (type.id == TypeId::kList || type.id == TypeId::kArray) {
      json_.BeginObject().Key("type").String("array").Key("elementType");
      TRY(WriteType(type.children[0].type, path));
      json_.Key("containsNull").Bool(type.children[0].nullable).EndObject();
      return {};
    }
    if (type.id == TypeId::kMap) {
      json_.BeginObject().Key("type").String("map").Key("keyType");
      TRY(WriteType(type.children[0].type, path));
      json_.Key("valueType");
      TRY(WriteType(type.children[1].type, path));
      json_.Key("valueContainsNull").Bool(type.children[1].nullable).EndObject();
      return {};
    }
    if (type.id == TypeId::kDecimal) {
      json_.String("decimal(" + std::to_string(type.width) + "," + std::to_string(type.scale) +
                   ")");
      return {};
    }
    for (const PrimitiveName& primitive : kPrimitiveNames) {
      if (primitive.id == type.id) return json_.String(primitive.delta), base::Result<void>{};
    }
    json_.String("string");  // what is left remembers its type in the metadata
    return {};
  }

  // Members of structs have metadata of their own; what is inside lists and maps has not.
  void WriteRemembered(const Type& type, const std::string& key) {
    if (const std::string remembered = RememberedType(type); !remembered.empty()) {
      json_.Key(key).String(remembered);
    }
    if (type.id == TypeId::kList || type.id == TypeId::kArray) {
      WriteRemembered(type.children[0].type, key + ".element");
    } else if (type.id == TypeId::kMap) {
      WriteRemembered(type.children[0].type, key + ".key");
      WriteRemembered(type.children[1].type, key + ".value");
    }
  }

  JsonWriter json_;
};

// "ENUM('a', 'b''c')" to its labels; nullopt when it is none.
std::optional<std::vector<std::string>> EnumLabels(std::string_view text) {
  constexpr std::string_view kOpen = "ENUM(";
  if (!text.starts_with(kOpen) || !text.ends_with(')')) return std::nullopt;
  text = text.substr(kOpen.size(), text.size() - kOpen.size() - 1);
  std::vector<std::string> labels;
  while (true) {
    if (!text.starts_with('\'')) return std::nullopt;
    text.remove_prefix(1);
    std::string& label = labels.emplace_back();
    while (true) {
      const size_t quote = text.find('\'');
      if (quote == std::string_view::npos) return std::nullopt;
      label += text.substr(0, quote);
      text.remove_prefix(quote + 1);
      if (!text.starts_with('\'')) break;
      label += '\'';
      text.remove_prefix(1);
    }
    if (text.empty()) return labels;
    if (!text.starts_with(", ")) return std::nullopt;
    text.remove_prefix(2);
  }
}

bool IsNested(const Type& type) {
  return type.id == TypeId::kStruct || type.id == TypeId::kList || type.id == TypeId::kMap ||
         type.id == TypeId::kArray;
}

bool HasTimestampNtz(const Type& type) {
  if (type.id == TypeId::kTimestamp || type.id == TypeId::kTimestampS ||
      type.id == TypeId::kTimestampMs) {
    return true;
  }
  for (const Field& child : type.children) {
    if (HasTimestampNtz(child.type)) return true;
  }
  return false;
}

}  // namespace

std::string RememberedType(const Type& type) {
  if (type.id == TypeId::kUuid) return "UUID";
  if (type.id == TypeId::kJson) return "JSON";
  if (type.id == TypeId::kTime) return "TIME";
  if (type.id == TypeId::kArray) return "ARRAY[" + std::to_string(type.array_size) + "]";
  if (type.id != TypeId::kEnum) return "";
  std::string text = "ENUM(";
  for (const std::string& label : type.labels) {
    if (text.back() != '(') text += ", ";
    text += base::QuoteLiteral(label);
  }
  return text + ")";
}

void RestoreType(Type& type, std::string_view remembered) {
  if (type.id == TypeId::kVarchar) {
    if (remembered == "UUID") type = Type(TypeId::kUuid);
    if (remembered == "JSON") type = Type(TypeId::kJson);
    if (remembered == "TIME") type = Type(TypeId::kTime);
    if (auto labels = EnumLabels(remembered)) {
      type = Type(TypeId::kEnum);
      type.labels = *std::move(labels);
    }
    return;
  }
  constexpr std::string_view kOpen = "ARRAY[";
  if (type.id != TypeId::kList || !remembered.starts_with(kOpen)) return;
  uint64_t size = 0;
  const char* end = remembered.data() + remembered.size();
  const auto parsed = std::from_chars(remembered.data() + kOpen.size(), end, size);
  if (parsed.ec != std::errc{} || size == 0 || std::string_view(parsed.ptr, end) != "]") return;
  type.id = TypeId::kArray;
  type.array_size = size;
}

base::Result<std::string> SchemaToJson(const Schema& schema) {
  return SchemaWriter().Write(schema);
}

base::Result<Type> LakeType(const Type& type, const std::string& column) {
  return Convert(type, column, Side::kReader);
}

base::Result<Type> StorageType(const Type& type, const std::string& column) {
  return Convert(type, column, Side::kStorage);
}

base::Result<Metadata> MakeMetadata(const Schema& schema,
                                    const std::vector<std::string>& partition_columns,
                                    std::string table_id, int64_t created_unix_ms) {
  if (schema.fields.empty()) return base::InvalidArgument("a lake table needs a column");
  std::set<std::string> chosen;
  for (const std::string& name : partition_columns) {
    const int index = schema.IndexOf(name);
    if (index < 0) {
      std::vector<std::string> names;
      for (const Field& field : schema.fields) names.push_back(field.name);
      return base::InvalidArgument("no column '" + name + "' to partition by",
                                   base::DidYouMean(name, names));
    }
    if (!chosen.insert(name).second) {
      return base::InvalidArgument("column '" + name + "' is named twice to partition by");
    }
    const Type& type = schema.fields[static_cast<size_t>(index)].type;
    if (IsNested(type) || type.id == TypeId::kBlob) {
      return base::InvalidArgument(
          "column '" + name + "' of type " + type.ToSql() + " cannot be partitioned by",
          "Partition by columns of numbers, texts, dates or timestamps.");
    }
  }
  if (chosen.size() == schema.fields.size()) {
    return base::InvalidArgument("every column is named to partition by; one must remain",
                                 "Data files hold the columns that are not partitioned by.");
  }
  std::string schema_json = TRY(SchemaToJson(schema));
  return Metadata{.id = std::move(table_id),
                  .schema_json = std::move(schema_json),
                  .partition_columns = partition_columns,
                  .created_unix_ms = created_unix_ms};
}

base::Result<Protocol> ProtocolFor(const Schema& schema) {
  bool has_timestamp_ntz = false;
  for (const Field& field : schema.fields) {
    TRY(LakeType(field.type, field.name));
    has_timestamp_ntz = has_timestamp_ntz || HasTimestampNtz(field.type);
  }
  if (!has_timestamp_ntz) return Protocol{.min_reader_version = 1, .min_writer_version = 2};
  // Writer version 7 has only the features it lists; those of version 2 are listed along.
  return Protocol{.min_reader_version = 3,
                  .min_writer_version = 7,
                  .reader_features = {{"timestampNtz"}},
                  .writer_features = {{"timestampNtz", "appendOnly", "invariants"}}};
}

}  // namespace lake
