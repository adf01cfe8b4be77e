#include "object/key.h"

#include "base/text.h"
#include "env/files.h"

namespace object {

base::Result<void> CheckKey(std::string_view key) {
  const auto refuse = [&](std::string_view why) {
    return base::InvalidArgument("object key '" + std::string(key) + "' " + std::string(why));
  };
  if (key.empty()) return base::InvalidArgument("an object key is empty");
  if (key.find('\0') != std::string_view::npos) return refuse("has a zero byte");
  if (key.front() == '/') return refuse("is absolute; keys are relative to the store");
  for (const std::string_view component : base::Split(key, '/')) {
    if (component.empty()) return refuse("has an empty component");
    if (component == "." || component == "..") return refuse("leaves its folder");
    if (component.starts_with(env::kTemporaryPrefix)) return refuse("is a name for temporaries");
  }
  return {};
}

}  // namespace object
