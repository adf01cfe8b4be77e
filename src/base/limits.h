// Every bound of the program in one place: queues, messages, connections, retries. A number
// stands here with the sketch that chose it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace base::limits {

// One line of an input file. The longest real review is under 64 KiB; a line above this is far
// likelier to be a file without line ends than a record.
inline constexpr size_t kLineBytesMax = size_t{16} << 20;

// A line above that is rejected, and kept whole up to this size: four times what a record may be,
// and what the rejects of one commit may take in memory.
inline constexpr size_t kRejectedLineBytesMax = size_t{64} << 20;

// Depth of nested JSON values and Avro types: recursion stays far from the stack's end.
inline constexpr int kNestingMax = 64;

// Keys of one object level, over all samples of an inferred schema, beyond which it is taken for a
// map: the free "details" of products have hundreds, a record made by a program has tens.
inline constexpr size_t kInferKeysMax = 64;

// Compressed input is read in pieces of this size: large enough that the cost of a read vanishes.
inline constexpr size_t kCompressedBufferBytes = size_t{256} << 10;

// zstd's own default: a window of 128 MiB. Files made with --long=31 would ask for 2 GiB.
inline constexpr int kZstdWindowLogMax = 27;

// One read of an input file: disks and page caches are at their speed from here on.
inline constexpr size_t kFileReadBytes = size_t{1} << 20;

// Reads past a range's end, for the rest of its last line: some lines' worth.
inline constexpr size_t kLineTailBytes = size_t{64} << 10;

// Input files are read by several threads in ranges of this size: large against a line and against
// the cost of opening, small against a file worth sharing.
inline constexpr uint64_t kFileRangeBytes = uint64_t{16} << 20;

// One commit of a load takes so many files or bytes at most (and always one file), so that what a
// crash throws away is minutes of work, and thousands of small files are few commits.
inline constexpr size_t kLoadFilesPerCommitMax = 64;
inline constexpr uint64_t kLoadBytesPerCommitMax = uint64_t{1} << 30;

// Text of the records in one batch: 2,048 of ordinary length are a fraction of this, 2,048 of the
// longest allowed would be 32 GiB.
inline constexpr size_t kBatchBytesMax = size_t{32} << 20;

// Rejected records of one commit kept in memory; beyond, they are found again by a second reading.
inline constexpr size_t kRejectBufferBytesMax = size_t{64} << 20;

// Records that one round of a replay moves, kept in memory between its two commits.
inline constexpr size_t kReplayRoundBytesMax = size_t{256} << 20;

// Commits of a table looked through for an interrupted replay. It is healed before anything else is
// loaded, so only other writers' commits can stand before it.
inline constexpr size_t kReplayHistoryMax = 1000;

// The fingerprint of a file: of all its bytes up to 1 MiB, of a larger one 64 blocks of 16 KiB, as
// many bytes, so that looking at a terabyte of known files takes a moment.
inline constexpr uint64_t kFingerprintWholeBytes = uint64_t{1} << 20;
inline constexpr uint64_t kFingerprintBlockBytes = uint64_t{16} << 10;
inline constexpr uint64_t kFingerprintBlocks = 64;

// The sample that a schema is inferred from: lines and bytes of a file, and files.
inline constexpr int kInferLinesMax = 1000;
inline constexpr uint64_t kInferBytesMax = uint64_t{4} << 20;
inline constexpr size_t kInferFilesMax = 8;

// Folders below each other that a file pattern is followed through: links may form a circle.
inline constexpr int kFolderDepthMax = 64;

// Patterns that the braces of one may stand for.
inline constexpr size_t kBraceExpansionsMax = 1024;

// Columns of a schema with nested ones counted. The widest tables people keep have some thousands.
inline constexpr size_t kSchemaTypesMax = 10'000;

// Distinct keys of one JSON object level whose meaning a decoder remembers. Records of real data
// have tens; where keys are data (ids as keys) the rest are looked up again each time.
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

// Values of one YAML document, aliases counted as what they stand for: a project of thousands of
// sources stays far below, a "billion laughs" does not.
inline constexpr size_t kYamlValuesMax = 200'000;

// The text that ${file:...} puts into a value: passwords and keys.
inline constexpr size_t kSecretFileBytesMax = size_t{64} << 10;

// Runs in the history: a run an hour for six weeks, about 10 MB with a hundred steps each.
inline constexpr size_t kRunsKeptMax = 1'000;

// Rows handed to PostgreSQL at a time while publishing.
inline constexpr size_t kPublishBufferBytes = size_t{1} << 20;

// --- record batches -----------------------------------------------------------------------------

// What the records of one batch may decompress to. Batches are about 1 MiB as they travel, and text
// shrinks ten- or twentyfold; a bomb of that size would ask for a thousandfold.
inline constexpr size_t kRecordsBytesMax = size_t{128} << 20;

// --- The log of a real cluster, through librdkafka (kafka/client) ---

// A wait on a cluster looks this often whether it was asked to stop.
inline constexpr int64_t kClusterPollMs = 100;

// Records that a producer has taken and the cluster has not acknowledged: some requests of a
// megabyte for each of a few dozen partitions.
inline constexpr size_t kClusterBufferBytesMax = size_t{64} << 20;

// Records of one partition that a reader has fetched ahead of whoever polls it.
inline constexpr size_t kClusterReadAheadBytes = size_t{32} << 20;

// Messages taken from librdkafka at a time.
inline constexpr size_t kClusterMessagesPerCall = 1'000;

}  // namespace base::limits
