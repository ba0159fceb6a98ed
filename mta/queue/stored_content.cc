#include "mta/queue/stored_content.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "mta/queue/spool_database.h"
#include "mta/queue/spool_format.h"

namespace postern::mta::queue {

absl::StatusOr<std::string> StoredContent::Piece(int index) const {
  const std::string what =
      absl::StrCat(id_.ToString(), ": piece ", index, " of ", pieces_);
  if (index < 0 || index >= pieces_) {
    return absl::DataLossError(absl::StrCat(what, " does not exist"));
  }
  const std::string key = ChunkKey(id_, static_cast<uint32_t>(index));
  const absl::StatusOr<std::string> value = database_.Get(key);
  if (absl::IsNotFound(value.status())) {
    return absl::DataLossError(absl::StrCat(what, " is missing"));
  }
  RETURN_IF_ERROR(value.status());
  const absl::StatusOr<absl::string_view> piece = OpenRecord(key, *value);
  if (!piece.ok()) {
    return absl::DataLossError(
        absl::StrCat(what, ": ", piece.status().message()));
  }
  return std::string(*piece);
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
