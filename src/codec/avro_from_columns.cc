#include "codec/avro_from_columns.h"

#include <set>
#include <string>

#include "base/json_writer.h"
#include "base/text.h"
#include "codec/infer.h"

namespace codec {
namespace {

using columnar::TypeId;

class Writer {
 public:
  base::Result<void> Record(const std::vector<columnar::Field>& fields, std::string name,
                            const std::string& place) {
    while (!names_.insert(name).second) name += "_";
    json_.BeginObject().Key("type").String("record").Key("name").String(name);
    json_.Key("fields").BeginArray();
    std::set<std::string> taken;
    for (const columnar::Field& column : fields) {
      std::string field = AvroName(column.name);
      while (!taken.insert(base::ToLower(field)).second) field += "_";
      json_.BeginObject().Key("name").String(field).Key("type");
      TRY(Nullable(column, name + "_" + field, place + column.name));
      if (column.nullable) json_.Key("default").Null();
      if (field != column.name) {
        json_.Key("json").BeginObject().Key("path").BeginArray().String(column.name);
        json_.EndArray().EndObject();
      }
      json_.EndObject();
    }
    json_.EndArray().EndObject();
    return {};
  }

  [[nodiscard]] const std::string& text() const { return json_.text(); }

 private:
  base::Result<void> Nullable(const columnar::Field& column, const std::string& name,
                              const std::string& place) {
    if (column.nullable) json_.BeginArray().String("null");
    TRY(Type(column.type, name, place));
    if (column.nullable) json_.EndArray();
    return {};
  }

  void Logical(std::string_view type, std::string_view logical) {
    json_.BeginObject().Key("type").String(type).Key("logicalType").String(logical).EndObject();
  }

  base::Result<void> Type(const columnar::Type& type, const std::string& name,
                          const std::string& place) {
    switch (type.id) {
      case TypeId::kBoolean:
        json_.String("boolean");
        return {};
      case TypeId::kTinyInt:
      case TypeId::kSmallInt:
      case TypeId::kUTinyInt:
      case TypeId::kUSmallInt:
      case TypeId::kInteger:
        json_.String("int");
        return {};
      case TypeId::kUInteger:
      case TypeId::kBigInt:
        json_.String("long");
        return {};
      case TypeId::kFloat:
        json_.String("float");
        return {};
      case TypeId::kDouble:
        json_.String("double");
        return {};
      case TypeId::kVarchar:
      case TypeId::kEnum:
      case TypeId::kJson:
        json_.String("string");
        return {};
      case TypeId::kBlob:
        json_.String("bytes");
        return {};
      case TypeId::kUuid:
        Logical("string", "uuid");
        return {};
      case TypeId::kDate:
        Logical("int", "date");
        return {};
      case TypeId::kTime:
        Logical("long", "time-micros");
        return {};
      case TypeId::kTimestamp:
      case TypeId::kTimestampS:
      case TypeId::kTimestampMs:
        Logical("long", "local-timestamp-micros");
        return {};
      case TypeId::kTimestampTz:
        Logical("long", "timestamp-micros");
        return {};
      case TypeId::kUBigInt:
        Decimal(20, 0);
        return {};
      case TypeId::kDecimal:
        Decimal(type.width, type.scale);
        return {};
      case TypeId::kList:
      case TypeId::kArray:
        json_.BeginObject().Key("type").String("array").Key("items");
        TRY(Nullable(type.children.at(0), name + "_item", place + "[]"));
        json_.EndObject();
        return {};
      case TypeId::kMap:
        if (type.children.at(0).type.id != TypeId::kVarchar) break;
        json_.BeginObject().Key("type").String("map").Key("values");
        TRY(Nullable(type.children.at(1), name + "_value", place + "{}"));
        json_.EndObject();
        return {};
      case TypeId::kStruct:
        return Record(type.children, name, place + ".");
      default:
        break;
    }
    return base::Unsupported(
        "the column '" + place + "' of type " + type.ToSql() + " has no Avro type",
        "Convert it in the program that writes the file.");
  }

  void Decimal(int precision, int scale) {
    json_.BeginObject().Key("type").String("bytes").Key("logicalType").String("decimal");
    json_.Key("precision").Int(precision).Key("scale").Int(scale).EndObject();
  }

  base::JsonWriter json_;
  std::set<std::string> names_;
};

}  // namespace

base::Result<AvroSchema> AvroFromColumns(const columnar::Schema& columns,
                                         std::string_view record_name) {
  Writer writer;
  TRY(writer.Record(columns.fields, AvroName(record_name), ""));
  return AvroSchema::Parse(writer.text());
}

}  // namespace codec
