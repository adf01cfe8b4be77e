// ProducerIds: gives out each producer id once, across crashes: a file says up to where ids may
// have been given out, and moves on by a block before the first id of the block is used
// (docs/format/transaction_state.md). Owner; THREAD: any.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "base/result.h"
#include "env/files.h"
#include "log/topic_partition.h"

namespace logs {

class ProducerIds {
 public:
  // `folder`: the log's. `files` is borrowed. BLOCKS. ERRORS: kIo; kCorruption: not such a file.
  static base::Result<std::unique_ptr<ProducerIds>> Open(env::Files* files,
                                                         const std::string& folder);

  // BLOCKS: for the write of a small file, once in a block. ERRORS: kIo.
  base::Result<ProducerId> Take();
  // `id` is known to be in use: what follows is greater, even when the file was lost.
  void Skip(ProducerId id);

 private:
  ProducerIds(env::Files* files, std::string path, int64_t next);

  env::Files* files_;
  std::string path_;
  std::mutex mutex_;  // guards what follows, and held while the file is written
  int64_t next_;
  int64_t reserved_end_;  // ids below may be given out without a write
};

}  // namespace logs
