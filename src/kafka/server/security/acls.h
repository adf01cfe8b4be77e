// Acls: the authorizer by access control lists (KIP-11; prefixes KIP-290), kept in the metadata
// store. A deny that matches wins; else an allow that matches; else, where a resource has no ACL
// at all, what the options say. Owner; THREAD: any. docs/security.md.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kafka/server/authorizer.h"

namespace kafka::server {

class MetadataStore;

// The numbers of both are the protocol's.
enum class PatternType : int8_t {
  kUnknown = 0,
  kAny = 1,
  kMatch = 2,  // in filters: whatever pattern covers the name
  kLiteral = 3,
  kPrefixed = 4,
};
enum class Permission : int8_t { kUnknown = 0, kAny = 1, kDeny = 2, kAllow = 3 };

struct Acl {
  ResourceType type = ResourceType::kTopic;
  PatternType pattern = PatternType::kLiteral;
  std::string name;       // of the resource, or its beginning; "*": a literal that covers all
  std::string principal;  // "User:ann", or "User:*"
  std::string host;       // an address, or "*"
  Operation operation = Operation::kRead;
  Permission permission = Permission::kAllow;

  friend auto operator<=>(const Acl&, const Acl&) = default;
};

// What is kAny or nullopt matches everything.
struct AclFilter {
  ResourceType type = ResourceType::kAny;
  PatternType pattern = PatternType::kAny;
  std::optional<std::string> name = {};
  std::optional<std::string> principal = {};
  std::optional<std::string> host = {};
  Operation operation = Operation::kAny;
  Permission permission = Permission::kAny;

  [[nodiscard]] bool Matches(const Acl& acl) const;
};

class Acls final : public Authorizer {
 public:
  struct Options {
    std::vector<std::string> super_users = {};  // "User:admin": may do everything
    bool allow_everyone_if_no_acl_found = false;
  };
  // `store` is borrowed. ERRORS: kCorruption: an entry of the store is no ACL.
  static base::Result<std::unique_ptr<Acls>> Open(MetadataStore& store, Options options);

  [[nodiscard]] bool Allows(const Principal& principal, Operation operation, ResourceType type,
                            std::string_view resource) const override;
  [[nodiscard]] bool AllowsOnSome(const Principal& principal, Operation operation,
                                  ResourceType type) const override;
  [[nodiscard]] Acls* acls() override { return this; }

  [[nodiscard]] std::vector<Acl> Matching(const AclFilter& filter) const;
  // Durable on return. BLOCKS. ERRORS: kIo.
  base::Result<void> Create(const std::vector<Acl>& acls);
  base::Result<void> Delete(const std::vector<Acl>& acls);

 private:
  struct Entry {
    std::string principal;
    std::string host;
    Operation operation;
    Permission permission;

    // Is it about this caller?
    [[nodiscard]] bool Concerns(const Principal& caller) const;
    // REQUIRES: Concerns the caller.
    [[nodiscard]] bool Denies(Operation wanted) const;
    [[nodiscard]] bool Allows(Operation wanted) const;
  };
  struct Resource {
    ResourceType type;
    PatternType pattern;
    std::string name;
    friend auto operator<=>(const Resource&, const Resource&) = default;
  };

  Acls(MetadataStore& store, Options options) : store_(store), options_(std::move(options)) {}
  void Insert(const Acl& acl);
  void Erase(const Acl& acl);
  [[nodiscard]] bool IsSuper(const Principal& principal) const;
  // `visit(resource, entry)`.
  template <typename Visit>
  void VisitCovering(ResourceType type, std::string_view name, Visit&& visit) const;

  MetadataStore& store_;
  const Options options_;
  std::mutex writing_;  // one change at a time, from the store until it shows
  mutable std::shared_mutex mutex_;
  std::map<Resource, std::vector<Entry>> entries_;  // guarded by mutex_
};

}  // namespace kafka::server
