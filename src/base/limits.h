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

// --- listeners ---------------------------------------------------------------------------------

// Connections to the Kafka listener at one time: more than a busy cluster's clients keep to one
// broker; 2,048 threads of 256 KiB stack are 16 MiB resident.
inline constexpr size_t kKafkaConnectionsMax = 2'048;
inline constexpr size_t kConnectionStackBytes = size_t{256} << 10;

// Kafka's own socket.request.max.bytes and connections.max.idle.ms.
inline constexpr size_t kKafkaRequestBytesMax = size_t{100} << 20;
inline constexpr int64_t kKafkaIdleMs = 600'000;

// A request that has begun and a response that is being sent move at least a byte in this time; in
// the short one while memory for them is tight, and then they are whole in the third, so that who
// stalls makes room for who does not.
inline constexpr int64_t kKafkaStallMs = 30'000;
inline constexpr int64_t kKafkaStallTightMs = 1'000;
inline constexpr int64_t kKafkaWholeTightMs = 10'000;

// What a connection's requests under way may hold for as long as they like (a fetch that waits for
// records); what is larger must be answered in time while memory is tight.
inline constexpr size_t kKafkaSmallRequestsBytes = size_t{64} << 10;

// How long a connection that has a request half read waits before it asks for memory again, and
// how long in all.
inline constexpr int64_t kMemoryRetryMs = 10;
inline constexpr int64_t kMemoryWaitMs = 30'000;

// Read ahead of a connection: several small requests by one call. On the stack of its thread.
inline constexpr size_t kKafkaReadBytes = size_t{8} << 10;

// Responses that leave by one call.
inline constexpr size_t kKafkaWriteBytes = size_t{1} << 20;

// Memory of requests being read and of responses being written, as shares of the program's budget:
// enough for dozens of the largest clients at once, and never what makes a machine swap. The least
// for requests is one of the largest.
inline constexpr double kKafkaRequestMemoryShare = 0.1;
inline constexpr uint64_t kKafkaRequestMemoryMax = uint64_t{256} << 20;
inline constexpr double kKafkaResponseMemoryShare = 0.1;
inline constexpr uint64_t kKafkaResponseMemoryMin = uint64_t{64} << 20;
inline constexpr uint64_t kKafkaResponseMemoryMax = uint64_t{512} << 20;

// A TLS handshake from first to last byte.
inline constexpr int64_t kTlsHandshakeMs = 10'000;

// Connections that wait to be taken; the kernel's own bound is usually 4,096.
inline constexpr int kListenBacklog = 1'024;

// Connections taken before those that ended are looked after.
inline constexpr int kAcceptsPerTurn = 64;

// Pause after a connection could not be taken for want of descriptors.
inline constexpr int64_t kAcceptRetryMs = 100;

// How long requests under way may take to end once the server stops.
inline constexpr int64_t kStopPatienceMs = 2'000;

// HTTP: probes, a metrics scraper, a curious person. A request of theirs has no body to speak of.
inline constexpr size_t kHttpConnectionsMax = 128;
inline constexpr uint32_t kHttpHeaderBytesMax = 16'384;
inline constexpr uint64_t kHttpBodyBytesMax = uint64_t{64} << 10;
inline constexpr int64_t kHttpRequestMs = 10'000;
inline constexpr int64_t kHttpIdleMs = 60'000;

// Partitions, and groups with their partitions, that /metrics shows one by one: a scraper takes
// tens of thousands of series, not millions. What is beyond is counted, not shown.
inline constexpr size_t kMetricSeriesMax = 10'000;

// --- the log ------------------------------------------------------------------------------------

// Index entries of a segment kept in memory before they are written: 2 MiB of log between two writes
// at an entry every 4 KiB.
inline constexpr size_t kIndexTailBytesMax = size_t{4} << 10;

// One read of a segment that is walked from batch to batch: larger than most batches.
inline constexpr size_t kSegmentScanBytes = size_t{1} << 20;

// One read while looking for a batch from the last index entry before it: some index intervals.
inline constexpr size_t kFindReadBytes = size_t{16} << 10;

// The aborted transactions of one segment: two million of them.
inline constexpr size_t kTransactionIndexBytesMax = size_t{64} << 20;

// Each partition is a folder and, once used, open files.
inline constexpr int32_t kPartitionsPerTopicMax = 100'000;

// A topic's description.
inline constexpr size_t kTopicFileBytesMax = size_t{1} << 20;

// Bytes waiting for the sync that makes them durable; whoever appends beyond waits. At 100 MB/s a
// disk needs a third of a second for them.
inline constexpr size_t kGroupBytesMax = size_t{32} << 20;

// A group's buffer larger than this is given back once its bytes are durable: an idle log is small.
inline constexpr size_t kGroupBytesKept = size_t{1} << 20;

// A journal file grows by zeros of this many bytes at a time, so that most syncs change no metadata.
inline constexpr size_t kJournalGrowBytes = size_t{4} << 20;

// Journal files not yet covered by a checkpoint. When syncing the segments falls this far behind,
// appends wait for it.
inline constexpr size_t kJournalFilesMax = 8;

// Journal files kept for writing again: one being written, one being covered, one to go on in.
inline constexpr size_t kJournalFilesKept = 3;

// What a checkpoint of all partitions may take: a hundred thousand partitions, or a million producers.
inline constexpr size_t kCheckpointBytesMax = size_t{256} << 20;

// Pause between two attempts to write to a disk that is full.
inline constexpr int64_t kJournalRetryMs = 100;

// How often compaction, the archive and the removal of deleted topics look for work.
inline constexpr int64_t kKeepHouseMs = 10'000;

// How often retention looks, as in Kafka: records that are old when they come stay long enough to be
// read.
inline constexpr int64_t kRetentionCheckMs = 300'000;

// Unsynced bytes of topics without a journal beyond which the recovery point moves on: a second of
// reading after a crash.
inline constexpr uint64_t kUncheckpointedBytesMax = uint64_t{256} << 20;

// Watchers of a partition before the forgotten ones are swept out.
inline constexpr size_t kWatchersSweep = 64;

// The places where the last readers of a partition ended, so that they go on without a search.
inline constexpr size_t kReadHintsMax = 8;

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

// --- transactions ---

// Producer ids reserved by one write of their file: a write in a thousand producers, and a crash
// loses at most so many of 2^63.
inline constexpr int64_t kProducerIdsBlock = 1'000;
inline constexpr size_t kProducerIdsFileBytesMax = 256;

// Transactional ids known at a time, about 300 bytes each. Programs use one for each of their tasks
// and instances; a client that makes up a new one for each transaction is stopped here, and what it
// left is forgotten after a week.
inline constexpr size_t kTransactionalIdsMax = 1'000'000;

// How long a call to the coordinator waits for the disk or for the end of the transaction before.
// Both take milliseconds unless the disk is stuck; clients wait 30 s for a response and try again.
inline constexpr int64_t kTransactionWaitMs = 10'000;

// When an unfinished transaction is looked at again that nobody waits for, and one that the log
// refused to write.
inline constexpr int64_t kTransactionRetryMs = 20;
inline constexpr int64_t kTransactionFailedRetryMs = 500;

// The coordinator looks for transactions that ran out of time this often.
inline constexpr int64_t kTransactionTickMs = 1'000;

// The log of transactions is read in pieces of this size at start.
inline constexpr size_t kTransactionLoadBytes = size_t{4} << 20;

// Producers that one partition remembers: beyond, those silent longest are forgotten before their
// day is over. 100,000 take about 25 MB; a partition with that many a day is somebody's mistake.
inline constexpr size_t kProducersPerPartitionMax = 100'000;

// --- the Kafka protocol ---

// A string of the protocol, by its 16-bit length; kept in flexible versions too.
inline constexpr size_t kKafkaStringBytesMax = 32'767;

// Memory for the elements of all arrays of one message, over the bytes of its frame: half a million
// partitions of a fetch request.
inline constexpr size_t kKafkaDecodedBytesMax = size_t{64} << 20;

// Fetched records from this size on leave as a piece of their own; below, copying costs less than
// one more piece to write.
inline constexpr size_t kKafkaPieceBytesMin = 2'048;

// One token of an authentication, from a peer nobody knows yet: names, nonces and proofs take some
// hundred bytes.
inline constexpr size_t kKafkaSaslTokenBytesMax = size_t{64} << 10;

// How long a peer waits after an authentication that failed before it is heard again.
inline constexpr int64_t kKafkaSaslFailurePauseMs = 200;

// Clients whose quotas are counted apart. Ids are the clients' to choose, so beyond this all that
// are new share one count.
inline constexpr size_t kKafkaQuotaCountsMax = 10'000;

// The longest that a client over its quota is told to wait at once; what it still owes is waited
// for at its next request. As long as clients wait for a response.
inline constexpr int64_t kKafkaThrottleMsMax = 30'000;

// A client may be so far ahead of its quota before it must wait, as time at its rate: Kafka's window
// of samples.
inline constexpr int64_t kKafkaQuotaBurstMs = 10'000;

// --- Kafka sessions ---

// Requests of one connection that are read and not yet answered. Producers keep 5 in flight, some
// up to 30; a client that sends more waits for its answers.
inline constexpr size_t kKafkaRequestsInFlightMax = 32;

// Bytes of those requests: a connection holds this much and one request more at most.
inline constexpr size_t kKafkaBytesInFlightMax = size_t{16} << 20;

// Records in one fetch response, whatever the client asks for: Kafka's fetch.max.bytes.
inline constexpr size_t kKafkaFetchBytesMax = size_t{55} << 20;

// Partitions that a connection may fetch incrementally, about 1 MiB of memory; who fetches more
// names them in each request.
inline constexpr size_t kKafkaFetchSessionPartitionsMax = 4'096;

// One change of what the broker keeps about itself, as a record batch: thousands of settings.
inline constexpr size_t kMetadataBatchBytesMax = size_t{4} << 20;

// Partitions that one DescribeTopicPartitions describes: Kafka's own bound.
inline constexpr int32_t kKafkaDescribedPartitionsMax = 2'000;

// Partitions of one topic: each has files and memory of its own; the largest clusters have topics
// of some thousands.
inline constexpr int32_t kKafkaPartitionsPerTopicMax = 10'000;

// --- groups (log/group) ---

// Groups of one coordinator, those that only have offsets included: a client that invents group ids
// costs memory until retention takes them. Kafka knows no bound; clusters have thousands.
inline constexpr size_t kGroupsMax = 100'000;

// Partitions for which one group keeps offsets: ten times the partitions that a node should hold.
inline constexpr size_t kGroupOffsetsMax = 100'000;

// A group's id, a member's, and an instance's: names that people and programs make.
inline constexpr size_t kGroupNameBytesMax = 1'024;

// What a member of a classic group may bring to a join, and be assigned: the subscription of a
// consumer of a thousand topics with its thousands of partitions is some hundred KiB.
inline constexpr size_t kGroupMemberBytesMax = size_t{1} << 20;

// A generation of a classic group, or an offset commit, is one record batch: 16 MiB hold ten
// thousand ordinary members, or two hundred thousand offsets.
inline constexpr size_t kGroupBatchBytesMax = size_t{16} << 20;

// Members that were given an id and have not come back with it yet (KIP-394).
inline constexpr size_t kGroupPendingMembersMax = 10'000;

// How long a new member may wait in a join, as in Kafka: its client does not know its id yet, so
// nothing else tells that it is gone.
inline constexpr int64_t kGroupNewMemberJoinMs = 300'000;

// Reads of __consumer_offsets while loading.
inline constexpr size_t kGroupLoadBytes = size_t{4} << 20;

// Decompressed records of one batch of __consumer_offsets: ours are not compressed, a tool's may be.
inline constexpr size_t kGroupRecordsBytesMax = size_t{64} << 20;

// A regular expression of a subscription: its text, and what its automaton may take (RE2's budget;

// matching is linear in the topic's name whatever the pattern).
inline constexpr size_t kGroupRegexBytesMax = 4'096;
inline constexpr int64_t kGroupRegexMemoryMax = int64_t{1} << 20;

// Members of a consumer group see changes of topics at a heartbeat at most so much later.
inline constexpr int64_t kGroupTopicsRefreshMs = 1'000;

// Series of tributary_group_lag_records: beyond, the rest is left out and counted.
inline constexpr size_t kGroupLagSeriesMax = 10'000;

// The wake-up of the coordinator when nothing is due.
inline constexpr int64_t kGroupTickMsMax = 60'000;

// The map of keys while one partition is compacted: two million keys at 24 bytes each, three of four
// slots taken. More keys take more rounds.
inline constexpr size_t kCompactionMapBytesMax = size_t{64} << 20;

// Archived segments are fetched in pieces of this size, large against the time to the first byte,
// and so much of them is kept for all readers together.
inline constexpr size_t kArchiveChunkBytes = size_t{1} << 20;
inline constexpr size_t kArchiveCacheBytesMax = size_t{32} << 20;

// Segments of one partition archived before the others have their turn.
inline constexpr size_t kArchiveSegmentsPerTurn = 8;

// --- the log's clients in this process (log/embedded) ---

// What one read of a partition takes: a batch of the usual largest size, or some hundred small ones.
inline constexpr size_t kClientReadBytes = size_t{1} << 20;

// What the records of one batch may decompress to: text of a megabyte, packed as well as zstd can.
inline constexpr size_t kClientRecordsBytesMax = size_t{128} << 20;

// A batch that a producer here builds, before compression; a topic's max.message.bytes may be less.
inline constexpr size_t kClientBatchBytes = size_t{1} << 20;

// How long a producer that goes tries to abort what is open; the coordinator does it otherwise.
inline constexpr int64_t kClientAbortMs = 5'000;

// --- `topic produce` ---

// Standard input handed to the log at a time while more is waiting: large against the cost of a
// request and of making it durable, half of what a request may be.
inline constexpr size_t kProducePieceBytes = size_t{8} << 20;

// One record of standard input: what a request may be without its arguments and variables.
inline constexpr size_t kProduceRecordBytesMax = size_t{14} << 20;

}  // namespace base::limits
