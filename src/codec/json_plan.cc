#include "codec/json_plan.h"

#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "base/text.h"

namespace codec {
namespace {

std::unique_ptr<RecordPlan> CompileRecord(const AvroType& type);

ValuePlan CompileValue(const AvroType& declared) {
  ValuePlan plan;
  plan.type = declared.NonNull();
  plan.nullable = declared.nullable();
  CHECK(plan.type != nullptr);  // ToColumns refuses other unions
  if (plan.type->element != nullptr)
    plan.element = std::make_unique<ValuePlan>(CompileValue(*plan.type->element));
  if (plan.type->kind == AvroKind::kRecord) plan.record = CompileRecord(*plan.type);
  return plan;
}

// Leads to the rule of `key` below `node`, one that matches the same texts.
KeyRule& RuleFor(KeyNode& node, const std::string& key, bool ignore_case) {
  for (KeyRule& rule : node.rules)
    if (rule.deeper != nullptr && rule.key == key && rule.ignore_case == ignore_case) return rule;
  KeyRule& rule = node.rules.emplace_back();
  rule.key = key;
  rule.ignore_case = ignore_case;
  return rule;
}

void AddField(const AvroField& field, int index, KeyNode& keys) {
  if (field.json_path.empty()) {
    const auto add = [&](const std::string& key) {
      KeyRule& rule = keys.rules.emplace_back();
      rule.key = key;
      rule.ignore_case = field.json_ignore_case;
      rule.field = index;
    };
    add(field.name);
    for (const std::string& alias : field.aliases)
      if (alias != field.name) add(alias);
    return;
  }
  KeyNode* node = &keys;
  for (size_t i = 0; i + 1 < field.json_path.size(); ++i) {
    KeyRule& rule = RuleFor(*node, field.json_path[i], field.json_ignore_case);
    if (rule.deeper == nullptr) rule.deeper = std::make_unique<KeyNode>();
    node = rule.deeper.get();
  }
  KeyRule& rule = node->rules.emplace_back();
  rule.key = field.json_path.back();
  rule.ignore_case = field.json_ignore_case;
  rule.field = index;
}

std::unique_ptr<RecordPlan> CompileRecord(const AvroType& type) {
  auto plan = std::make_unique<RecordPlan>();
  plan->fields.reserve(type.fields.size());
  for (const AvroField& field : type.fields) {
    FieldPlan& target = plan->fields.emplace_back();
    target.name = field.name;
    target.place = field.json_path.empty() ? field.name : base::Join(field.json_path, ".");
    target.value = CompileValue(*field.type);
    if (field.default_json.has_value()) {
      target.default_value = std::make_unique<JsonTokens>();
      CHECK(target.default_value->Scan(*field.default_json) == JsonTokens::Status::kOk);
    }
    AddField(field, static_cast<int>(plan->fields.size()) - 1, plan->keys);
  }
  return plan;
}

}  // namespace

std::vector<KeyRule*> KeyNode::Match(std::string_view key) {
  std::vector<KeyRule*> matches;
  for (KeyRule& rule : rules) {
    const bool same = rule.ignore_case ? base::EqualsIgnoreCase(rule.key, key) : rule.key == key;
    if (same) matches.push_back(&rule);
  }
  return matches;
}

KnownKey* KeyNode::Find(std::string_view key, const KnownKey* previous) {
  KnownKey* const guess = previous == nullptr ? first : previous->next;
  if (guess != nullptr && guess->text == key) return guess;
  if (const auto found = index.find(key); found != index.end()) return found->second;
  if (known.size() >= base::limits::kJsonKeysKnownMax) return nullptr;
  KnownKey& fresh = known.emplace_back();
  fresh.text = key;
  fresh.rules = Match(key);
  index.emplace(fresh.text, &fresh);
  return &fresh;
}

base::Result<std::unique_ptr<RecordPlan>> CompileJsonPlan(const AvroSchema& schema) {
  TRY(schema.ToColumns());
  return CompileRecord(schema.root());
}

}  // namespace codec
