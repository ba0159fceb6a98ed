// The keys and values of the spool's database (docs/formats/spool.md).
//
// A key is one letter, the queue id in 8 bytes, big-endian, and for a chunk its
// index in 4. A value is a record: a version, a checksum over key and payload,
// the payload. A file of content has the same records, one behind the other.
//
// Errors:  OpenRecord(): DataLoss if the checksum is wrong or the record cut;
//          FailedPrecondition if a later version wrote it.
// Threads: pure.

#ifndef POSTERN_MTA_QUEUE_SPOOL_FORMAT_H_
#define POSTERN_MTA_QUEUE_SPOOL_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mta/queue/queue_id.h"

namespace postern::mta::queue {

// Content is cut into chunks of this size; the last is smaller.
inline constexpr size_t kChunkBytes = 64 << 10;

enum class Table : char {
  kChunk = 'c',
  kDamaged = 'd',  // An envelope that was set aside.
  kEnvelope = 'e',
  kName = 'n',         // One key without an id: what the spool is called.
  kUncommitted = 'u',  // Of format 1: chunks are there, the envelope is not.
  kVersion = 'v',      // One key without an id: the format of the whole.
};

std::string SpoolKey(Table table, QueueId id);
std::string ChunkKey(QueueId id, uint32_t index);
// Returns the id in a key of `table`, or nullopt if it is something else.
std::optional<QueueId> IdInKey(Table table, absl::string_view key);

std::string SealRecord(absl::string_view key, absl::string_view payload);
// The same without a copy: the payload is appended to a blank record, which is
// then sealed.
inline constexpr size_t kRecordHeaderBytes = 5;  // Version, checksum.
std::string BlankRecord();
void SealRecord(absl::string_view key, std::string* record);
// Where chunk `index` begins in a file of content.
uint64_t RecordOffset(uint32_t index);
// Returns the payload, which points into `record`.
absl::StatusOr<absl::string_view> OpenRecord(absl::string_view key,
                                             absl::string_view record);

// What is kept of an envelope that was set aside: the value as it was found.
struct DamagedEntry {
  std::string why;
  std::string value;
};
std::string DamagedPayload(const DamagedEntry& entry);
absl::StatusOr<DamagedEntry> ParseDamaged(absl::string_view payload);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_SPOOL_FORMAT_H_
