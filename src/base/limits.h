// Every bound of the program in one place: queues, messages, connections, retries. A number
// stands here with the sketch that chose it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace base::limits {

// One line of an input file. The longest real review is under 64 KiB; a line above this is far
// likelier to be a file without line ends than a record.
inline constexpr size_t kLineBytesMax = size_t{16} << 20;

// Depth of nested JSON values and Avro types: recursion stays far from the stack's end.
inline constexpr int kNestingMax = 64;

// Keys of one object level, over all samples of an inferred schema, beyond which it is taken for a
// map: the free "details" of products have hundreds, a record made by a program has tens.
inline constexpr size_t kInferKeysMax = 64;

// Compressed input is read in pieces of this size: large enough that the cost of a read vanishes.
inline constexpr size_t kCompressedBufferBytes = size_t{256} << 10;

// zstd's own default: a window of 128 MiB. Files made with --long=31 would ask for 2 GiB.
inline constexpr int kZstdWindowLogMax = 27;

// Columns of a schema with nested ones counted. The widest tables people keep have some thousands.
inline constexpr size_t kSchemaTypesMax = 10'000;

// Distinct keys of one JSON object level whose meaning a decoder remembers. Records of real data have
// tens; where keys are data (ids as keys) the rest are looked up again each time.
inline constexpr size_t kJsonKeysKnownMax = 1024;

// Attempts of one Delta commit against other writers. Each lost race means another writer won,
// so this many losses in a row means dozens of busy writers, not bad luck.
inline constexpr int kCommitAttemptsMax = 64;

// Connections to the owner socket of a project at one time: shells and scripts of one person.
inline constexpr int kOwnerConnectionsMax = 64;

// One request to the owner socket: a command line and a SQL text.
inline constexpr size_t kOwnerRequestBytesMax = size_t{16} << 20;

// One frame of an owner's conversation: large answers travel in many.
inline constexpr size_t kOwnerFrameBytesMax = size_t{1} << 20;

// Frames of one request: arguments, variables of the environment, pieces of standard input. Keeps
// many empty strings from costing far more memory than their bytes.
inline constexpr size_t kOwnerRequestFramesMax = 65'536;

// An owner that is alive answers a connection in well under a millisecond; this long without a
// sign means it is stopped or swamped.
inline constexpr int64_t kOwnerConnectMs = 5'000;
inline constexpr int64_t kOwnerRequestStallMs = 10'000;

// The owner says that it lives this often while a command is silent; a client gives up after
// several such silences.
inline constexpr int64_t kOwnerPingMs = 5'000;
inline constexpr int64_t kOwnerSilenceMs = 30'000;

// A client that reads nothing for this long is a forgotten pager; its command is stopped.
inline constexpr int64_t kOwnerClientStallMs = 600'000;

// Pause after a connection could not be taken for want of descriptors.
inline constexpr int64_t kOwnerAcceptRetryMs = 100;

// How long a command tries to reach or become the owner while the lock is held and nobody
// answers: an owner that is ending finishes its last short requests in that time.
inline constexpr int64_t kOwnerWaitMs = 60'000;

// Project files (YAML, SQL, Avro schema): text people write.
inline constexpr size_t kProjectFileBytesMax = size_t{4} << 20;

}  // namespace base::limits
