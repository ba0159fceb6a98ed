#include "ctl/export_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/big_endian.h"
#include "lib/base/random.h"
#include "lib/base/status_macros.h"

namespace postern::ctl {
namespace {

std::string NewMarker() {
  std::string marker;
  AppendBigEndian(Random64(), &marker);
  AppendBigEndian(Random64(), &marker);
  return marker;
}

std::string HeaderWith(absl::string_view marker) {
  std::string header(kExportMagic);
  header.push_back(kExportVersion);
  header.append(marker.data(), marker.size());
  AppendBigEndian(Crc32c(header), &header);
  return header;
}

}  // namespace

ExportWriter::ExportWriter(Write write)
    : write_(std::move(write)), marker_(NewMarker()) {}

absl::Status ExportWriter::Put(RecordType type, absl::string_view payload) {
  if (payload.size() > kLongestPayload) {
    return absl::InvalidArgumentError("too long for a record of the export");
  }
  if (!std::exchange(has_header_, true)) {
    RETURN_IF_ERROR(write_(HeaderWith(marker_)));
  }
  std::string head(1, static_cast<char>(type));
  AppendBigEndian(static_cast<uint32_t>(payload.size()), &head);
  const uint32_t checksum = RecordChecksum(head, payload);
  AppendBigEndian(checksum, &head);
  RETURN_IF_ERROR(write_(absl::StrCat(marker_, head)));
  return write_(payload);
}

absl::Status ExportWriter::Begin(absl::string_view queue_id,
                                 absl::string_view envelope) {
  if (queue_id.size() != kQueueIdBytes) {
    return absl::InvalidArgumentError("not a queue id");
  }
  content_bytes_ = 0;
  content_crc_ = 0;
  return Put(RecordType::kMessage, absl::StrCat(queue_id, envelope));
}

absl::Status ExportWriter::Add(absl::string_view piece) {
  content_bytes_ += static_cast<int64_t>(piece.size());
  content_crc_ = Crc32c(piece, content_crc_);
  return Put(RecordType::kContent, piece);
}

absl::Status ExportWriter::End() {
  std::string sum;
  AppendBigEndian(content_bytes_, &sum);
  AppendBigEndian(content_crc_, &sum);
  RETURN_IF_ERROR(Put(RecordType::kEnd, sum));
  ++messages_;
  return absl::OkStatus();
}

absl::Status ExportWriter::Void() { return Put(RecordType::kVoid, ""); }

absl::Status ExportWriter::Finish() {
  std::string count;
  AppendBigEndian(messages_, &count);
  return Put(RecordType::kTrailer, count);
}

}  // namespace postern::ctl
