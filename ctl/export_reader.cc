#include "ctl/export_reader.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/big_endian.h"

namespace postern::ctl {
namespace {

constexpr size_t kReadBytes = 256 << 10;

bool IsType(char type) {
  return absl::string_view("MCEVT").find(type) != absl::string_view::npos;
}

}  // namespace

bool ExportReader::Fill(size_t bytes) {
  while (buffer_.size() - place_ < bytes && in_) {
    buffer_.erase(0, place_);
    place_ = 0;
    const size_t had = buffer_.size();
    buffer_.resize(had + std::max(kReadBytes, bytes - had));
    in_.read(buffer_.data() + had,
             static_cast<std::streamsize>(buffer_.size() - had));
    buffer_.resize(had + static_cast<size_t>(in_.gcount()));
  }
  return buffer_.size() - place_ >= bytes;
}

void ExportReader::Skip(size_t bytes) {
  place_ += bytes;
  offset_ += bytes;
}

absl::Status ExportReader::Open() {
  if (!Fill(kExportHeaderBytes) || !absl::StartsWith(buffer_, kExportMagic)) {
    return absl::InvalidArgumentError("not an export of a queue");
  }
  const absl::string_view header =
      absl::string_view(buffer_).substr(0, kExportHeaderBytes);
  const absl::string_view checked = header.substr(0, kExportHeaderBytes - 4);
  if (Crc32c(checked) !=
      ReadBigEndian<uint32_t>(header.substr(checked.size()))) {
    return absl::InvalidArgumentError("the first bytes are damaged");
  }
  if (header[kExportMagic.size()] != kExportVersion) {
    return absl::FailedPreconditionError(
        "a later version of posternctl wrote this export");
  }
  marker_ = std::string(header.substr(kExportMagic.size() + 1, kMarkerBytes));
  Skip(kExportHeaderBytes);
  return absl::OkStatus();
}

std::optional<ExportReader::Record> ExportReader::ReadRecord() {
  if (!Fill(kRecordHeadBytes)) return std::nullopt;
  const absl::string_view head =
      absl::string_view(buffer_).substr(place_, kRecordHeadBytes);
  const uint32_t length =
      ReadBigEndian<uint32_t>(head.substr(kMarkerBytes + 1));
  if (!absl::StartsWith(head, marker_) || !IsType(head[kMarkerBytes]) ||
      length > kLongestPayload || !Fill(kRecordHeadBytes + length)) {
    return std::nullopt;
  }
  const absl::string_view record =
      absl::string_view(buffer_).substr(place_, kRecordHeadBytes + length);
  const absl::string_view payload = record.substr(kRecordHeadBytes);
  if (ReadBigEndian<uint32_t>(record.substr(kRecordHeadBytes - 4)) !=
      RecordChecksum(record.substr(kMarkerBytes, 5), payload)) {
    return std::nullopt;
  }
  Record read = {static_cast<RecordType>(record[kMarkerBytes]),
                 std::string(payload)};
  Skip(record.size());
  return read;
}

bool ExportReader::FindMarker() {
  while (Fill(kMarkerBytes)) {
    const size_t found = buffer_.find(marker_, place_);
    if (found != buffer_.npos) {
      Skip(found - place_);
      return true;
    }
    // The marker may begin in the last bytes.
    Skip(buffer_.size() - place_ - (kMarkerBytes - 1));
  }
  Skip(buffer_.size() - place_);
  return false;
}

ExportReader::Item ExportReader::Drop(std::string why, bool is_void) {
  Item item = {.kind = Kind::kDropped, .why = std::move(why)};
  item.queue_id = current_.value_or("");
  item.is_void = is_void;
  current_.reset();
  if (!is_void) is_damaged_ = true;
  return item;
}

ExportReader::Item ExportReader::Damage(const std::string& what) {
  return Drop(absl::StrCat(what, " at byte ", offset_), /*is_void=*/false);
}

ExportReader::Item ExportReader::EndOfFile() {
  if (current_) return Damage("the file ends too early");
  Item item = {.kind = Kind::kEndOfFile};
  item.is_whole = has_trailer_ && counts_ && !is_damaged_;
  return item;
}

ExportReader::Item ExportReader::Next() {
  while (true) {
    if (next_) {
      Record record = *std::move(next_);
      next_.reset();
      if (std::optional<Item> item = Understand(std::move(record))) {
        return *std::move(item);
      }
      continue;
    }
    if (!Fill(1)) return EndOfFile();
    next_ = ReadRecord();
    if (next_) continue;
    Item damage = Damage("damaged");
    // The damaged one has a marker of its own, perhaps.
    while (!next_) {
      Skip(1);
      if (!FindMarker()) break;
      next_ = ReadRecord();
    }
    return damage;
  }
}

std::optional<ExportReader::Item> ExportReader::Understand(Record record) {
  if (has_trailer_) return Damage("something behind the end");
  const absl::string_view payload = record.payload;
  switch (record.type) {
    case RecordType::kMessage: {
      if (current_) {
        next_ = std::move(record);  // Told of when the lost one has been.
        return Damage("the end of a message is missing");
      }
      if (payload.size() < kQueueIdBytes) return Damage("no queue id");
      current_ = std::string(payload.substr(0, kQueueIdBytes));
      content_bytes_ = 0;
      content_crc_ = 0;
      return Item{.kind = Kind::kMessage,
                  .queue_id = *current_,
                  .data = std::string(payload.substr(kQueueIdBytes))};
    }
    case RecordType::kContent:
      // What is left of a message that was dropped.
      if (!current_) return std::nullopt;
      content_bytes_ += static_cast<int64_t>(payload.size());
      content_crc_ = Crc32c(payload, content_crc_);
      return Item{.kind = Kind::kContent, .data = std::move(record.payload)};
    case RecordType::kEnd:
      return UnderstandEnd(payload);
    case RecordType::kVoid:
      if (!current_) return std::nullopt;
      return Drop("it left the queue while it was exported", /*is_void=*/true);
    case RecordType::kTrailer:
      return UnderstandTrailer(payload);
  }
  return Damage("damaged");
}

std::optional<ExportReader::Item> ExportReader::UnderstandEnd(
    absl::string_view payload) {
  ++messages_;  // As the trailer counts them.
  if (!current_) return std::nullopt;
  if (payload.size() != 12 ||
      ReadBigEndian<int64_t>(payload) != content_bytes_ ||
      ReadBigEndian<uint32_t>(payload.substr(8)) != content_crc_) {
    return Damage("a part of the content is missing");
  }
  Item item = {.kind = Kind::kComplete, .queue_id = *current_};
  current_.reset();
  return item;
}

std::optional<ExportReader::Item> ExportReader::UnderstandTrailer(
    absl::string_view payload) {
  has_trailer_ = true;
  counts_ =
      payload.size() == 8 && ReadBigEndian<uint64_t>(payload) == messages_;
  if (current_) return Damage("the end of a message is missing");
  if (!counts_ && !is_damaged_) return Damage("messages are missing");
  return std::nullopt;
}

}  // namespace postern::ctl
