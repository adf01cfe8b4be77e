#include "kafka/server/security/acls.h"

#include <algorithm>
#include <charconv>

#include "kafka/server/metadata_store.h"
#include "kafka/server/security/entry_key.h"

namespace kafka::server {
namespace {

constexpr std::string_view kPrefix = "acl/";
constexpr std::string_view kAnyName = "*";
constexpr std::string_view kAnyPrincipal = "User:*";

template <typename Enum>
std::string Number(Enum value) {
  return std::to_string(static_cast<int>(value));
}

template <typename Enum>
Enum EnumOf(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return static_cast<Enum>(value);
}

// "acl/2/3/orders/User:ann/*/3/3", in the order of Acl's members.
std::string KeyOf(const Acl& acl) {
  return EntryKey({"acl", Number(acl.type), Number(acl.pattern), acl.name, acl.principal, acl.host,
                   Number(acl.operation), Number(acl.permission)});
}

base::Result<Acl> AclOf(const std::string& key) {
  auto parts = EntryKeyParts(key);
  if (!parts.has_value() || parts->size() != 8) {
    return base::Corruption("the metadata store has '" + key + "', which is no ACL");
  }
  return Acl{.type = EnumOf<ResourceType>((*parts)[1]),
             .pattern = EnumOf<PatternType>((*parts)[2]),
             .name = std::move((*parts)[3]),
             .principal = std::move((*parts)[4]),
             .host = std::move((*parts)[5]),
             .operation = EnumOf<Operation>((*parts)[6]),
             .permission = EnumOf<Permission>((*parts)[7])};
}

// Does an allow for `given` reach `wanted`? Whoever may read may also see that it is there.
bool Implies(Operation given, Operation wanted) {
  if (given == wanted || given == Operation::kAll) return true;
  if (wanted == Operation::kDescribe) {
    return given == Operation::kRead || given == Operation::kWrite || given == Operation::kDelete ||
           given == Operation::kAlter;
  }
  return wanted == Operation::kDescribeConfigs && given == Operation::kAlterConfigs;
}

}  // namespace

bool AclFilter::Matches(const Acl& acl) const {
  if (type != ResourceType::kAny && type != acl.type) return false;
  if (principal.has_value() && *principal != acl.principal) return false;
  if (host.has_value() && *host != acl.host) return false;
  if (operation != Operation::kAny && operation != acl.operation) return false;
  if (permission != Permission::kAny && permission != acl.permission) return false;
  if ((pattern == PatternType::kLiteral || pattern == PatternType::kPrefixed) &&
      pattern != acl.pattern) {
    return false;
  }
  if (!name.has_value()) return true;
  if (pattern != PatternType::kMatch) return *name == acl.name;
  return acl.pattern == PatternType::kPrefixed ? name->starts_with(acl.name)
                                               : acl.name == *name || acl.name == kAnyName;
}

base::Result<std::unique_ptr<Acls>> Acls::Open(MetadataStore& store, Options options) {
  std::unique_ptr<Acls> acls(new Acls(store, std::move(options)));
  for (const auto& [key, value] : store.WithPrefix(kPrefix)) acls->Insert(TRY(AclOf(key)));
  return acls;
}

void Acls::Insert(const Acl& acl) {
  auto& entries = entries_[{acl.type, acl.pattern, acl.name}];
  entries.push_back({acl.principal, acl.host, acl.operation, acl.permission});
}

void Acls::Erase(const Acl& acl) {
  const auto found = entries_.find({acl.type, acl.pattern, acl.name});
  if (found == entries_.end()) return;
  std::erase_if(found->second, [&](const Entry& entry) {
    return entry.principal == acl.principal && entry.host == acl.host &&
           entry.operation == acl.operation && entry.permission == acl.permission;
  });
  if (found->second.empty()) entries_.erase(found);
}

// The entries of every pattern that covers the name. REQUIRES: mutex_.
template <typename Visit>
void Acls::VisitCovering(ResourceType type, std::string_view name, Visit&& visit) const {
  const auto visit_at = [&](PatternType pattern, std::string_view at) {
    const auto found = entries_.find({type, pattern, std::string(at)});
    if (found == entries_.end()) return;
    for (const Entry& entry : found->second) visit(found->first, entry);
  };
  visit_at(PatternType::kLiteral, name);
  if (name != kAnyName) visit_at(PatternType::kLiteral, kAnyName);
  // Prefixes of the name stand, in the order of the map, between the empty one and the name itself.
  auto at = entries_.lower_bound({type, PatternType::kPrefixed, ""});
  while (at != entries_.end() && at->first.type == type &&
         at->first.pattern == PatternType::kPrefixed && at->first.name.compare(name) <= 0) {
    const std::string& prefix = at->first.name;
    if (name.starts_with(prefix)) {
      for (const Entry& entry : at->second) visit(at->first, entry);
      ++at;
      continue;
    }
    // It parts from the name after `same` bytes, and is less: a prefix of the name that stands
    // later shares one byte more.
    const size_t same = static_cast<size_t>(
        std::mismatch(prefix.begin(), prefix.end(), name.begin(), name.end()).first -
        prefix.begin());
    at =
        entries_.lower_bound({type, PatternType::kPrefixed, std::string(name.substr(0, same + 1))});
  }
}

bool Acls::Entry::Concerns(const Principal& caller) const {
  return (principal == caller.name || principal == kAnyPrincipal) &&
         (host == caller.host || host == kAnyName);
}

bool Acls::Entry::Denies(Operation wanted) const {
  return permission == Permission::kDeny && (operation == wanted || operation == Operation::kAll);
}

bool Acls::Entry::Allows(Operation wanted) const {
  return permission == Permission::kAllow && Implies(operation, wanted);
}

bool Acls::IsSuper(const Principal& principal) const {
  const auto& supers = options_.super_users;
  return std::find(supers.begin(), supers.end(), principal.name) != supers.end();
}

bool Acls::Allows(const Principal& principal, Operation operation, ResourceType type,
                  std::string_view resource) const {
  if (IsSuper(principal)) return true;
  const std::shared_lock lock(mutex_);
  bool any = false;
  bool allowed = false;
  bool denied = false;
  VisitCovering(type, resource, [&](const Resource&, const Entry& entry) {
    any = true;
    if (!entry.Concerns(principal)) return;
    denied |= entry.Denies(operation);
    allowed |= entry.Allows(operation);
  });
  if (!any) return options_.allow_everyone_if_no_acl_found;
  return allowed && !denied;
}

bool Acls::AllowsOnSome(const Principal& principal, Operation operation, ResourceType type) const {
  if (IsSuper(principal)) return true;
  const std::shared_lock lock(mutex_);
  // Is everything that the pattern covers denied?
  const auto denied = [&](PatternType pattern, std::string_view name) {
    bool all = false;
    VisitCovering(type, name, [&](const Resource& covering, const Entry& entry) {
      const bool covers = pattern == PatternType::kLiteral ||
                          covering.pattern == PatternType::kPrefixed || covering.name == kAnyName;
      all |= covers && entry.Concerns(principal) && entry.Denies(operation);
    });
    return all;
  };
  for (auto at = entries_.lower_bound({type, PatternType::kUnknown, ""});
       at != entries_.end() && at->first.type == type; ++at) {
    const auto allows = [&](const Entry& entry) {
      return entry.Concerns(principal) && entry.Allows(operation);
    };
    if (std::any_of(at->second.begin(), at->second.end(), allows) &&
        !denied(at->first.pattern, at->first.name)) {
      return true;
    }
  }
  return options_.allow_everyone_if_no_acl_found && !denied(PatternType::kLiteral, kAnyName);
}

std::vector<Acl> Acls::Matching(const AclFilter& filter) const {
  std::vector<Acl> matching;
  const std::shared_lock lock(mutex_);
  for (const auto& [resource, entries] : entries_) {
    for (const Entry& entry : entries) {
      Acl acl{.type = resource.type,
              .pattern = resource.pattern,
              .name = resource.name,
              .principal = entry.principal,
              .host = entry.host,
              .operation = entry.operation,
              .permission = entry.permission};
      if (filter.Matches(acl)) matching.push_back(std::move(acl));
    }
  }
  return matching;
}

base::Result<void> Acls::Create(const std::vector<Acl>& acls) {
  std::vector<MetadataStore::Change> changes;
  for (const Acl& acl : acls) changes.emplace_back(KeyOf(acl), "");
  const std::lock_guard writing(writing_);
  TRY(store_.Put(changes));
  const std::lock_guard lock(mutex_);
  for (const Acl& acl : acls) {
    Erase(acl);  // one that exists is created again without a trace
    Insert(acl);
  }
  return {};
}

base::Result<void> Acls::Delete(const std::vector<Acl>& acls) {
  std::vector<MetadataStore::Change> changes;
  for (const Acl& acl : acls) changes.emplace_back(KeyOf(acl), std::nullopt);
  const std::lock_guard writing(writing_);
  TRY(store_.Put(changes));
  const std::lock_guard lock(mutex_);
  for (const Acl& acl : acls) Erase(acl);
  return {};
}

}  // namespace kafka::server
