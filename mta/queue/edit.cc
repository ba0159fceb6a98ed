#include "mta/queue/edit.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "mta/queue/envelope.h"
#include "mta/queue/spool_format.h"

namespace postern::mta::queue {

void Edit::Update(QueueId id, const spool::v1::Envelope& envelope) {
  Put(SpoolKey(Table::kEnvelope, id), SerializeEnvelope(id, envelope));
}

void Edit::Remove(QueueId id, const spool::v1::Envelope& envelope) {
  Delete(SpoolKey(Table::kEnvelope, id));
  if (envelope.has_content_file()) {
    unused_files_.push_back(id);
    return;
  }
  for (uint32_t i = 0; i < envelope.chunks(); ++i) {
    SingleDelete(ChunkKey(id, i));
  }
}

void Edit::Add(QueueId id, spool::v1::Envelope envelope, std::string content) {
  uint32_t chunks = 0;
  for (size_t begin = 0; begin == 0 || begin < content.size();
       begin += kChunkBytes) {
    std::string key = ChunkKey(id, chunks++);
    std::string record =
        SealRecord(key, absl::string_view(content).substr(begin, kChunkBytes));
    Put(std::move(key), std::move(record));
  }
  envelope.set_chunks(chunks);
  envelope.set_has_content_file(false);
  envelope.clear_header_at_end_bytes();
  envelope.set_size_bytes(static_cast<int64_t>(content.size()));
  Update(id, envelope);
  NewMessage message{id, std::move(envelope), {}};
  if (chunks == 1) message.content = std::move(content);
  added_.push_back(std::move(message));
}

void Edit::Put(std::string key, std::string value) {
  writes_.push_back({Write::Kind::kPut, std::move(key), std::move(value)});
}

void Edit::Delete(std::string key) {
  writes_.push_back({Write::Kind::kDelete, std::move(key), ""});
}

void Edit::SingleDelete(std::string key) {
  writes_.push_back({Write::Kind::kSingleDelete, std::move(key), ""});
}

}  // namespace postern::mta::queue
