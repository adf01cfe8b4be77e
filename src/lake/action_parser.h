// ActionParser: reads actions out of JSON, many with one set of buffers. Owner; THREAD: one at a
// time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lake/actions.h"

namespace lake {

class ActionParser {
 public:
  ActionParser();
  ~ActionParser();

  // As ParseAction of actions.h.
  base::Result<std::optional<Action>> Parse(std::string_view json);

  // The actions of a commit file: one JSON text a line, in their order.
  base::Result<std::vector<Action>> ParseLines(std::string text);

 private:
  struct Buffers;
  base::Result<std::optional<Action>> ParsePadded(std::string_view json, size_t capacity);
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace lake
