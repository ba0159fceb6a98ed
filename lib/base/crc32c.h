// CRC-32C, the checksum of what the queue stores and exports.
//
// Source:  RFC 3720 section 12.1 and appendix B.4 (polynomial and test
// vectors). Threads: pure.

#ifndef POSTERN_LIB_BASE_CRC32C_H_
#define POSTERN_LIB_BASE_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace postern {

// Returns the checksum of `data`; with the checksum of what came before it as
// `crc`, that of both together.
uint32_t Crc32c(absl::string_view data, uint32_t crc = 0);

// The same without the processor's instruction for it: for machines that have
// none, and for the test that both agree.
uint32_t PortableCrc32c(absl::string_view data, uint32_t crc = 0);

}  // namespace postern

#endif  // POSTERN_LIB_BASE_CRC32C_H_
