// What a file of exported messages is made of (docs/formats/queue-export.md).
//
//   file = header record*
//   header = magic(8) version(1) marker(16) checksum(4)
//   record = marker(16) type(1) length(4) checksum(4) payload
//
// Numbers are big-endian; the checksum is CRC-32C over what stands before it in
// a header, over type, length and payload in a record.
//
// Threads: pure.

#ifndef POSTERN_CTL_EXPORT_FORMAT_H_
#define POSTERN_CTL_EXPORT_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/base/crc32c.h"

namespace postern::ctl {

enum class RecordType : char {
  kMessage = 'M',  // Queue id and envelope: a message begins.
  kContent = 'C',  // A piece of its content.
  kEnd = 'E',      // It is complete: size and checksum of its content.
  kVoid = 'V',     // It left the queue meanwhile and does not count.
  kTrailer = 'T',  // The end of the file: the number of messages.
};

inline constexpr absl::string_view kExportMagic = "POSTERNQ";
inline constexpr char kExportVersion = 1;
inline constexpr size_t kMarkerBytes = 16;
inline constexpr size_t kQueueIdBytes = 13;
inline constexpr size_t kExportHeaderBytes = 8 + 1 + kMarkerBytes + 4;
inline constexpr size_t kRecordHeadBytes = kMarkerBytes + 1 + 4 + 4;
inline constexpr size_t kLongestPayload = 4 << 20;

// The checksum of a record; `head` is its type and length.
inline uint32_t RecordChecksum(absl::string_view head,
                               absl::string_view payload) {
  return Crc32c(payload, Crc32c(head));
}

}  // namespace postern::ctl

#endif  // POSTERN_CTL_EXPORT_FORMAT_H_
