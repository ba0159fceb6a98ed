#include "mta/queue/incoming.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/time/time.h"
#include "lib/base/status_macros.h"
#include "lib/net/runtime.h"
#include "mta/queue/spool.h"
#include "mta/queue/spool_format.h"

namespace postern::mta::queue {
namespace {

// Longer than any healthy disk takes; shorter than a client waits for the
// answer to its end of data (RFC 5321 section 4.5.3.2.6: 10 minutes).
constexpr absl::Duration kPatience = absl::Minutes(5);

}  // namespace

Incoming::Incoming(Spool& spool, QueueId id)
    : spool_(spool), id_(id), text_(id.ToString()) {}

Incoming::~Incoming() {
  if (committed_ || chunks_ == 0) return;
  Edit edit;
  edit.RemoveChunks(id_, chunks_);
  edit.SingleDelete(SpoolKey(Table::kUncommitted, id_));
  spool_.committer_->WriteLater(std::move(edit));
}

net::Task<absl::Status> Incoming::Append(absl::string_view data) {
  size_bytes_ += static_cast<int64_t>(data.size());
  while (!data.empty()) {
    if (buffer_.size() == kChunkBytes) {
      // Not here on the reactor: RocksDB may have to make room first. Counted
      // before it is written, so that a failed write is cleaned up as well.
      const uint32_t index = chunks_++;
      CO_RETURN_IF_ERROR(co_await net::Blocking(
          [this, index] { return spool_.WriteChunk(id_, index, buffer_); }));
      buffer_.clear();
    }
    Buffer(data);
  }
  co_return absl::OkStatus();
}

absl::Status Incoming::AppendBlocking(absl::string_view data) {
  size_bytes_ += static_cast<int64_t>(data.size());
  while (!data.empty()) {
    if (buffer_.size() == kChunkBytes) {
      const uint32_t index = chunks_++;
      RETURN_IF_ERROR(spool_.WriteChunk(id_, index, buffer_));
      buffer_.clear();
    }
    Buffer(data);
  }
  return absl::OkStatus();
}

void Incoming::Buffer(absl::string_view& data) {
  const size_t n = std::min(data.size(), kChunkBytes - buffer_.size());
  buffer_.append(data.data(), n);
  data.remove_prefix(n);
}

net::Task<absl::Status> Incoming::Commit(spool::v1::Envelope envelope) {
  const int64_t now_us = absl::ToUnixMicros(spool_.clock_.Now());
  envelope.set_queued_us(now_us);
  if (envelope.next_attempt_us() == 0) envelope.set_next_attempt_us(now_us);
  Edit edit;
  CommitWith(edit, std::move(envelope));
  const absl::Status status =
      co_await spool_.committer_->Commit(std::move(edit), kPatience);
  Applied(status);
  co_return status;
}

void Incoming::CommitWith(Edit& edit, spool::v1::Envelope envelope) {
  assert(!committed_);
  envelope.set_size_bytes(size_bytes_);
  envelope.set_chunks(chunks_ + 1);
  std::string key = ChunkKey(id_, chunks_);
  std::string record = SealRecord(key, buffer_);
  edit.Put(std::move(key), std::move(record));
  edit.Update(id_, envelope);
  NewMessage message{id_, std::move(envelope), {}};
  if (chunks_ == 0) {
    message.content = std::move(buffer_);
  } else {
    edit.SingleDelete(SpoolKey(Table::kUncommitted, id_));
  }
  edit.added_.push_back(std::move(message));
  // From here on the message may be durable whatever is answered.
  committed_ = true;
}

void Incoming::Applied(const absl::Status& status) {
  if (absl::IsResourceExhausted(status)) committed_ = false;
}

}  // namespace postern::mta::queue
