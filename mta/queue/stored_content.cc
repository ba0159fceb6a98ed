#include "mta/queue/stored_content.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/kv/rocksdb_status.h"
#include "mta/queue/content_files.h"
#include "mta/queue/spool_database.h"
#include "mta/queue/spool_format.h"
#include "rocksdb/env.h"

namespace postern::mta::queue {

namespace {

std::string NameOf(QueueId id, int index, int pieces) {
  return absl::StrCat(id.ToString(), ": piece ", index, " of ", pieces);
}

absl::Status Lost(absl::string_view piece, absl::string_view why) {
  return absl::DataLossError(absl::StrCat(piece, why));
}

// Turns the record of a piece into the piece, in place.
absl::StatusOr<std::string> Unsealed(absl::string_view name,
                                     absl::string_view key,
                                     std::string record) {
  const absl::StatusOr<absl::string_view> piece = OpenRecord(key, record);
  if (!piece.ok()) {
    return Lost(name, absl::StrCat(": ", piece.status().message()));
  }
  record.erase(0, record.size() - piece->size());
  return record;
}

}  // namespace

absl::StatusOr<std::string> StoredContent::Piece(int index) const {
  const std::string name = NameOf(id_, index, pieces_);
  if (index < 0 || index >= pieces_) return Lost(name, " does not exist");
  const std::string key = ChunkKey(id_, static_cast<uint32_t>(index));
  absl::StatusOr<std::string> record = database_.Get(key);
  if (absl::IsNotFound(record.status())) return Lost(name, " is missing");
  RETURN_IF_ERROR(record.status());
  return Unsealed(name, key, *std::move(record));
}

FileContent::FileContent(const ContentFiles& files, QueueId id,
                         const spool::v1::Envelope& envelope)
    : files_(files),
      id_(id),
      size_bytes_(envelope.size_bytes()),
      records_(static_cast<int>(envelope.chunks())) {
  const auto at_end = static_cast<int64_t>(envelope.header_at_end_bytes());
  if (at_end <= 0 || at_end >= size_bytes_) return;
  const int64_t body_bytes = size_bytes_ - at_end;
  first_ = static_cast<int>(body_bytes / kChunkBytes);
  cut_bytes_ = body_bytes % kChunkBytes;
}

FileContent::~FileContent() = default;

absl::StatusOr<const rocksdb::RandomAccessFile*> FileContent::File() const {
  absl::MutexLock lock(&mutex_);
  if (file_ == nullptr) {
    ASSIGN_OR_RETURN(file_, files_.OpenToRead(id_));
  }
  return file_.get();
}

absl::StatusOr<std::string> FileContent::Piece(int index) const {
  const int behind = records_ - first_;  // Records from the first one on.
  if (index == records_ && cut_bytes_ > 0) {
    ASSIGN_OR_RETURN(std::string piece, Record(first_));
    piece.resize(std::min(piece.size(), cut_bytes_));
    return piece;
  }
  if (index < 0 || index >= records_) {
    return Lost(NameOf(id_, index, pieces()), " does not exist");
  }
  if (index >= behind) return Record(index - behind);
  ASSIGN_OR_RETURN(std::string piece, Record(first_ + index));
  if (index == 0) piece.erase(0, cut_bytes_);
  return piece;
}

absl::StatusOr<std::string> FileContent::Record(int index) const {
  const std::string name = NameOf(id_, index, records_);
  const absl::StatusOr<const rocksdb::RandomAccessFile*> file = File();
  if (absl::IsNotFound(file.status())) return Lost(name, " is missing");
  RETURN_IF_ERROR(file.status());
  const auto number = static_cast<uint32_t>(index);
  const uint64_t begin = RecordOffset(number);
  std::string record(RecordOffset(1), '\0');
  rocksdb::Slice read;
  const rocksdb::Status status =
      (*file)->Read(begin, record.size(), &read, record.data());
  RETURN_IF_ERROR(kv::ToStatus(status, name));
  record.resize(read.size());
  return Unsealed(name, ChunkKey(id_, number), std::move(record));
}

absl::StatusOr<std::string> HeldContent::Piece(int index) const {
  if (index == 0) return content_;
  return absl::DataLossError("a message of one piece has no other");
}

std::string HeadOf(const Content& content, int64_t limit_bytes) {
  std::string head;
  for (int i = 0; i < content.pieces(); ++i) {
    const absl::StatusOr<std::string> piece = content.Piece(i);
    if (!piece.ok()) break;
    head += *piece;
    if (static_cast<int64_t>(head.size()) >= limit_bytes ||
        head.find("\r\n\r\n") != head.npos) {
      break;
    }
  }
  return head;
}

std::string WholeOf(const Content& content) {
  std::string whole;
  for (int i = 0; i < content.pieces(); ++i) {
    const absl::StatusOr<std::string> piece = content.Piece(i);
    if (!piece.ok()) break;
    whole += *piece;
  }
  return whole;
}

}  // namespace postern::mta::queue
