#include "lib/base/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace postern {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // Bits reversed.
constexpr size_t kSlices = 8;

using Tables = std::array<std::array<uint32_t, 256>, kSlices>;

// Table k tells what a byte does to the checksum k bytes later.
constexpr Tables MakeTables() {
  Tables tables = {};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) ? kPolynomial : 0);
    }
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < kSlices; ++k) {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

uint32_t ByteStep(uint32_t crc, char byte) {
  return (crc >> 8) ^ kTables[0][(crc ^ static_cast<uint8_t>(byte)) & 0xff];
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) uint32_t FastCrc32c(absl::string_view data,
                                                      uint32_t crc) {
  uint64_t state = ~crc;
  while (data.size() >= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, data.data(), sizeof(word));
    state = __builtin_ia32_crc32di(state, word);
    data.remove_prefix(sizeof(word));
  }
  uint32_t rest = static_cast<uint32_t>(state);
  for (const char byte : data) {
    rest = __builtin_ia32_crc32qi(rest, static_cast<uint8_t>(byte));
  }
  return ~rest;
}
#endif

}  // namespace

uint32_t PortableCrc32c(absl::string_view data, uint32_t crc) {
  crc = ~crc;
  while (data.size() >= kSlices) {
    uint8_t bytes[kSlices];
    std::memcpy(bytes, data.data(), kSlices);
    for (int i = 0; i < 4; ++i) bytes[i] ^= (crc >> (8 * i)) & 0xff;
    crc = 0;
    for (size_t i = 0; i < kSlices; ++i) {
      crc ^= kTables[kSlices - 1 - i][bytes[i]];
    }
    data.remove_prefix(kSlices);
  }
  for (const char byte : data) crc = ByteStep(crc, byte);
  return ~crc;
}

uint32_t Crc32c(absl::string_view data, uint32_t crc) {
#ifdef __x86_64__
  static const bool has_instruction = __builtin_cpu_supports("sse4.2");
  if (has_instruction) return FastCrc32c(data, crc);
#endif
  return PortableCrc32c(data, crc);
}

}  // namespace postern
