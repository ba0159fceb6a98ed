#include "mta/queue/incoming.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>

#include "absl/time/time.h"
#include "lib/base/status_macros.h"
#include "lib/net/runtime.h"
#include "mta/queue/content_files.h"
#include "mta/queue/spool.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/stored_content.h"

namespace postern::mta::queue {
namespace {

// Longer than any healthy disk takes; shorter than a client waits for the
// answer to its end of data (RFC 5321 section 4.5.3.2.6: 10 minutes).
constexpr absl::Duration kPatience = absl::Minutes(5);

constexpr size_t kFullRecordBytes = kRecordHeaderBytes + kChunkBytes;
constexpr size_t kChunksAtOnce = 4;

}  // namespace

Incoming::Incoming(Spool& spool, QueueId id)
    : spool_(spool), id_(id), text_(id.ToString()), records_{BlankRecord()} {}

Incoming::~Incoming() {
  spool_.spare_chunks_ += static_cast<int>(records_.size()) - 1;
  if (committed_ || file_ == nullptr) return;
  file_.reset();
  spool_.files_->DeleteLater(id_);
}

net::Task<absl::Status> Incoming::Append(absl::string_view data) {
  size_bytes_ += static_cast<int64_t>(data.size());
  while (!data.empty()) {
    if (records_[filling_].size() == kFullRecordBytes && !BeginChunk()) {
      // Not here on the reactor: the kernel may have to make room first.
      CO_RETURN_IF_ERROR(
          co_await net::Blocking([this] { return WriteChunks(); }));
    }
    Buffer(data);
  }
  co_return absl::OkStatus();
}

absl::Status Incoming::AppendBlocking(absl::string_view data) {
  size_bytes_ += static_cast<int64_t>(data.size());
  while (!data.empty()) {
    if (records_[filling_].size() == kFullRecordBytes) {
      RETURN_IF_ERROR(WriteChunks());
    }
    Buffer(data);
  }
  return absl::OkStatus();
}

void Incoming::Buffer(absl::string_view& data) {
  std::string& record = records_[filling_];
  const size_t n = std::min(data.size(), kFullRecordBytes - record.size());
  record.append(data.data(), n);
  data.remove_prefix(n);
}

// Each hand-over to a thread that may block costs two switches of threads:
// four chunks at once are a tenth of the processor time of a large message.
bool Incoming::BeginChunk() {
  if (file_ == nullptr) return false;
  if (filling_ + 1 == records_.size()) {
    if (records_.size() == kChunksAtOnce || !spool_.TakeSpareChunk()) {
      return false;
    }
    records_.push_back(BlankRecord());
    records_.back().reserve(kFullRecordBytes);
  }
  ++filling_;
  return true;
}

absl::Status Incoming::WriteChunks() {
  RETURN_IF_ERROR(spool_.ok());
  written_.reset();
  absl::Status status;
  if (file_ == nullptr) {
    auto file = spool_.files_->Create(id_);
    status = file.status();
    if (file.ok()) file_ = *std::move(file);
  }
  for (size_t i = 0; i <= filling_ && status.ok(); ++i) {
    SealRecord(ChunkKey(id_, chunks_++), &records_[i]);
    status = file_->Append(records_[i]);
    records_[i].resize(kRecordHeaderBytes);
  }
  filling_ = 0;
  return status.ok() ? absl::OkStatus()
                     : spool_.committer_->ReportWriteError(status);
}

absl::Status Incoming::FinishBlocking() {
  if (file_ == nullptr) return absl::OkStatus();
  RETURN_IF_ERROR(WriteChunks());
  const absl::Status status = file_->Sync();
  return status.ok() ? absl::OkStatus()
                     : spool_.committer_->ReportSyncError(status);
}

absl::StatusOr<std::string> Incoming::Piece(size_t index) {
  if (index >= chunks_) {
    return records_[index - chunks_].substr(kRecordHeaderBytes);
  }
  if (written_ == nullptr) {
    spool::v1::Envelope written;
    written.set_size_bytes(size_bytes_);
    written.set_chunks(chunks_);
    written_ = std::make_unique<FileContent>(*spool_.files_, id_, written);
  }
  return written_->Piece(static_cast<int>(index));
}

net::Task<absl::Status> Incoming::Prepend(absl::string_view header) {
  std::string& record = records_.front();
  if (chunks_ == 0 && record.size() + header.size() <= kFullRecordBytes) {
    record.insert(kRecordHeaderBytes, header.data(), header.size());
    size_bytes_ += static_cast<int64_t>(header.size());
    co_return absl::OkStatus();
  }
  header_at_end_bytes_ = header.size();
  co_return co_await Append(header);
}

void Incoming::Restart() {
  if (file_ != nullptr) spool_.files_->DeleteLater(id_);
  file_.reset();
  written_.reset();
  for (std::string& record : records_) record.resize(kRecordHeaderBytes);
  filling_ = 0;
  chunks_ = 0;
  size_bytes_ = 0;
  header_at_end_bytes_ = 0;
}

net::Task<absl::Status> Incoming::Commit(spool::v1::Envelope envelope) {
  const int64_t now_us = absl::ToUnixMicros(spool_.clock_.Now());
  if (envelope.queued_us() == 0) envelope.set_queued_us(now_us);
  if (envelope.next_attempt_us() == 0) envelope.set_next_attempt_us(now_us);
  if (file_ != nullptr) {
    CO_RETURN_IF_ERROR(
        co_await net::Blocking([this] { return FinishBlocking(); }));
  }
  Edit edit;
  CommitWith(edit, std::move(envelope));
  const absl::Status status =
      co_await spool_.committer_->Commit(std::move(edit), kPatience);
  Applied(status);
  co_return status;
}

void Incoming::CommitWith(Edit& edit, spool::v1::Envelope envelope) {
  assert(!committed_);
  const bool has_file = file_ != nullptr;
  envelope.set_size_bytes(size_bytes_);
  envelope.set_chunks(has_file ? chunks_ : 1);
  envelope.set_has_content_file(has_file);
  envelope.set_header_at_end_bytes(header_at_end_bytes_);
  edit.Update(id_, envelope);
  NewMessage message{id_, std::move(envelope), {}};
  if (!has_file) {
    std::string& record = records_.front();
    message.content = record.substr(kRecordHeaderBytes);
    std::string key = ChunkKey(id_, 0);
    SealRecord(key, &record);
    edit.Put(std::move(key), std::move(record));
  }
  edit.added_.push_back(std::move(message));
  // From here on the message may be durable whatever is answered.
  committed_ = true;
}

void Incoming::Applied(const absl::Status& status) {
  if (absl::IsResourceExhausted(status)) committed_ = false;
}

}  // namespace postern::mta::queue
