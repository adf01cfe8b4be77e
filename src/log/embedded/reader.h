// The reader of the embedded log. Owner; THREAD: one at a time.
#pragma once

#include <memory>

#include "log/client.h"
#include "log/log.h"

namespace logs {

// `log` is borrowed for life.
std::unique_ptr<Reader> NewEmbeddedReader(Log* log, ReaderOptions options);

}  // namespace logs
