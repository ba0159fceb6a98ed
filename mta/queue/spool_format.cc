#include "mta/queue/spool_format.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/big_endian.h"
#include "lib/base/crc32c.h"

namespace postern::mta::queue {
namespace {

constexpr char kRecordVersion = 1;
constexpr size_t kKeyBytes = 9;
constexpr size_t kLongestReason = 0xffff;

}  // namespace

std::string SpoolKey(Table table, QueueId id) {
  std::string key(1, static_cast<char>(table));
  AppendBigEndian(id.number, &key);
  return key;
}

std::string ChunkKey(QueueId id, uint32_t index) {
  std::string key = SpoolKey(Table::kChunk, id);
  AppendBigEndian(index, &key);
  return key;
}

std::optional<QueueId> IdInKey(Table table, absl::string_view key) {
  const size_t size = kKeyBytes + (table == Table::kChunk ? 4 : 0);
  if (key.size() != size || key[0] != static_cast<char>(table)) {
    return std::nullopt;
  }
  return QueueId{ReadBigEndian<uint64_t>(key.substr(1))};
}

std::string SealRecord(absl::string_view key, absl::string_view payload) {
  std::string record;
  record.reserve(kRecordHeaderBytes + payload.size());
  record.append(kRecordHeaderBytes, '\0');
  record.append(payload.data(), payload.size());
  SealRecord(key, &record);
  return record;
}

std::string BlankRecord() { return std::string(kRecordHeaderBytes, '\0'); }

void SealRecord(absl::string_view key, std::string* record) {
  const absl::string_view payload =
      absl::string_view(*record).substr(kRecordHeaderBytes);
  std::string header(1, kRecordVersion);
  AppendBigEndian(Crc32c(payload, Crc32c(key)), &header);
  record->replace(0, kRecordHeaderBytes, header);
}

uint64_t RecordOffset(uint32_t index) {
  return uint64_t{index} * (kRecordHeaderBytes + kChunkBytes);
}

absl::StatusOr<absl::string_view> OpenRecord(absl::string_view key,
                                             absl::string_view record) {
  if (record.size() < kRecordHeaderBytes) {
    return absl::DataLossError("the record is cut short");
  }
  if (record[0] != kRecordVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("the record has version ", static_cast<int>(record[0]),
                     ", which this program does not know"));
  }
  const absl::string_view payload = record.substr(kRecordHeaderBytes);
  if (ReadBigEndian<uint32_t>(record.substr(1)) !=
      Crc32c(payload, Crc32c(key))) {
    return absl::DataLossError("the record's checksum is wrong");
  }
  return payload;
}

std::string DamagedPayload(const DamagedEntry& entry) {
  const absl::string_view why =
      absl::string_view(entry.why).substr(0, kLongestReason);
  std::string payload;
  AppendBigEndian(static_cast<uint16_t>(why.size()), &payload);
  absl::StrAppend(&payload, why, entry.value);
  return payload;
}

absl::StatusOr<DamagedEntry> ParseDamaged(absl::string_view payload) {
  if (payload.size() < 2) return absl::DataLossError("the entry is cut short");
  const size_t size = ReadBigEndian<uint16_t>(payload);
  payload.remove_prefix(2);
  if (payload.size() < size) {
    return absl::DataLossError("the entry is cut short");
  }
  return DamagedEntry{std::string(payload.substr(0, size)),
                      std::string(payload.substr(size))};
}

}  // namespace postern::mta::queue
