// The assignors of consumer groups: which member reads which partition. Both keep of what stands as
// much as their rule allows. Pure; THREAD: any.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.h"
#include "log/group/group_record.h"

namespace logs {

struct AssignorMember {
  std::string member_id;
  std::optional<std::string> instance_id = {};
  std::set<base::Uuid> topics = {};  // subscribed to
  Assignment current = {};           // its last target
};

enum class Assignor : uint8_t {
  kUniform,  // as even as the subscriptions allow, moving few partitions; the default
  kRange,    // of each topic a run of neighbours, the same run of topics with the same readers
};

// "uniform", "range". nullopt: neither.
[[nodiscard]] std::optional<Assignor> AssignorOf(std::string_view name);
[[nodiscard]] std::string_view AssignorName(Assignor assignor);

// By member id. Every partition of a topic with subscribers goes to one of them.
// `topics`: numbers of partitions; topics that are not there are nobody's.
[[nodiscard]] std::map<std::string, Assignment> Assign(Assignor assignor,
                                                       const std::vector<AssignorMember>& members,
                                                       const std::map<base::Uuid, int32_t>& topics);

}  // namespace logs
