// CheckWrite: does what a query gives fit the table it is written to?
#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "lake/delta_schema.h"
#include "lake/table.h"

namespace lake {
namespace {

using columnar::Field;
using columnar::Schema;
using columnar::Type;
using columnar::TypeId;

// Decimal digits before the point that hold every value of the type; 0: no integer type.
int IntegerDigits(const Type& type) {
  switch (type.id) {
    case TypeId::kTinyInt:
      return 3;
    case TypeId::kSmallInt:
      return 5;
    case TypeId::kInteger:
      return 10;
    case TypeId::kBigInt:
      return 19;
    default:  // a question about four types; the others have one answer
      return 0;
  }
}

bool Fits(const Type& from, const Type& to);

const Field* FindMember(const std::vector<Field>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
    return base::EqualsIgnoreCase(field.name, name);
  });
  return found == fields.end() ? nullptr : &*found;
}

bool StructFits(const Type& from, const Type& to) {
  if (from.children.size() != to.children.size()) return false;
  return std::all_of(from.children.begin(), from.children.end(), [&](const Field& member) {
    const Field* target = FindMember(to.children, member.name);
    return target != nullptr && Fits(member.type, target->type);
  });
}

bool ScalarFits(const Type& from, const Type& to) {
  const int digits = IntegerDigits(from);
  if (to.id == TypeId::kDecimal) {
    if (from.id == TypeId::kDecimal) {
      return from.scale <= to.scale && from.width - from.scale <= to.width - to.scale;
    }
    return digits > 0 && digits <= to.width - to.scale;
  }
  if (to.id == TypeId::kDouble) return from.id == TypeId::kFloat || (digits > 0 && digits <= 10);
  if (to.id == TypeId::kFloat) return digits > 0 && digits <= 5;
  if (to.id == TypeId::kVarchar) {
    return from.id == TypeId::kUuid || from.id == TypeId::kEnum || from.id == TypeId::kJson ||
           from.id == TypeId::kTime;
  }
  if (to.id == TypeId::kEnum && from.id == TypeId::kEnum) {
    return std::all_of(from.labels.begin(), from.labels.end(), [&](const std::string& label) {
      return std::find(to.labels.begin(), to.labels.end(), label) != to.labels.end();
    });
  }
  return digits > 0 && digits <= IntegerDigits(to);
}

// Both as LakeType gives them. True when every value of `from` is one of `to`, unchanged.
bool Fits(const Type& from, const Type& to) {
  if (to.id == TypeId::kStruct) return from.id == TypeId::kStruct && StructFits(from, to);
  if (to.id == TypeId::kList || to.id == TypeId::kArray || to.id == TypeId::kMap) {
    const bool list_of_array = to.id == TypeId::kList && from.id == TypeId::kArray;
    if ((from.id != to.id && !list_of_array) || from.children.size() != to.children.size() ||
        (to.id == TypeId::kArray && from.array_size != to.array_size)) {
      return false;
    }
    return std::equal(from.children.begin(), from.children.end(), to.children.begin(),
                      [](const Field& a, const Field& b) { return Fits(a.type, b.type); });
  }
  const bool same = from.id == to.id && from.id != TypeId::kEnum && from.id != TypeId::kDecimal;
  return same || ScalarFits(from, to);
}

base::Error Mismatch(const Field& target, const Type& incoming) {
  const std::string name = base::QuoteIdentifier(target.name);
  return base::InvalidArgument(
      "column '" + target.name + "' of the table is " + target.type.ToSql() +
          ", what is written there is " + incoming.ToSql() + ", which does not always fit",
      "Write CAST(" + name + " AS " + target.type.ToSql() + ") AS " + name + ".");
}

base::Error NewColumn(const Schema& table, const std::string& name) {
  std::vector<std::string> names;
  for (const Field& field : table.fields) names.push_back(field.name);
  const std::string nearest = base::DidYouMean(name, names);
  return base::InvalidArgument("the table has no column '" + name + "'",
                               nearest.empty() ? "Allow the schema to evolve to add it." : nearest);
}

}  // namespace

base::Result<Schema> CheckWrite(const Schema& table, const Schema& incoming, bool evolve) {
  Schema merged = table;
  std::set<std::string> seen;
  for (const Field& field : incoming.fields) {
    if (!seen.insert(base::ToLower(field.name)).second) {
      return base::InvalidArgument("two columns are named '" + field.name + "'",
                                   "Name each column once.");
    }
    Type type = TRY(LakeType(field.type, field.name));
    if (const Field* target = FindMember(table.fields, field.name)) {
      if (!Fits(type, target->type)) return Mismatch(*target, field.type);
      continue;
    }
    if (!evolve) return NewColumn(table, field.name);
    Field added = field;
    added.type = std::move(type);
    added.nullable = true;  // the rows that are there already have no value
    merged.fields.push_back(std::move(added));
  }
  for (const Field& field : table.fields) {
    if (!field.nullable && !seen.contains(base::ToLower(field.name))) {
      return base::InvalidArgument("column '" + field.name +
                                   "' is missing and the table requires a value");
    }
  }
  return merged;
}

}  // namespace lake
