// The reader of a real cluster. Owner; THREAD: one at a time.
#pragma once

#include <memory>

#include "base/result.h"
#include "kafka/client/handle.h"
#include "log/client.h"

namespace kafka::client {

base::Result<std::unique_ptr<logs::Reader>> OpenClusterReader(const Library& library,
                                                              Settings settings,
                                                              logs::ReaderOptions options);

}  // namespace kafka::client
