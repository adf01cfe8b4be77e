// Keys of objects: what every store agrees to accept. Pure; THREAD: any.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace object {

// ERRORS: kInvalidArgument for a key that is empty, absolute, ends in '/', has an empty, "." or
// ".." component or a NUL, or names a temporary (a component starting with env::kTemporaryPrefix).
base::Result<void> CheckKey(std::string_view key);

}  // namespace object
