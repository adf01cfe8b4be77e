// Which tables we may read and which we may write, by the protocol's versions and table features.
// Pure; THREAD: any.
#pragma once

#include "base/result.h"
#include "columnar/type.h"
#include "lake/actions.h"

namespace lake {

// ERRORS: kUnsupported naming the reader feature or version we lack; kCorruption for a protocol
// that contradicts itself.
base::Result<void> CheckReadable(const Protocol& protocol, const Metadata& metadata);

// REQUIRES: readable. A writer feature that we lack is no hindrance where the table does not use
// it: CHECK constraints where none is declared. ERRORS: kUnsupported naming the feature.
base::Result<void> CheckWritable(const Protocol& protocol, const Metadata& metadata,
                                 const columnar::Schema& schema);

// `current` raised as far as `needed` asks, the features of older versions spelled out when the
// table moves to version 7. Equal to `current` when that is enough.
[[nodiscard]] Protocol RaiseProtocol(const Protocol& current, const Protocol& needed);

}  // namespace lake
