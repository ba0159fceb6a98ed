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
// The instruction takes three cycles, but another may begin in each of them:
// three lanes beside each other, put together at their ends.
constexpr size_t kLaneBytes = 1024;
constexpr size_t kWordBytes = sizeof(uint64_t);

using LaneTables = std::array<std::array<uint32_t, 256>, 4>;

// Table k tells what a lane of zeros makes of byte k of the checksum before it.
constexpr LaneTables MakeLaneTables() {
  LaneTables tables = {};
  for (int bit = 0; bit < 32; ++bit) {
    uint32_t image = uint32_t{1} << bit;
    for (size_t i = 0; i < kLaneBytes; ++i) {
      image = (image >> 8) ^ kTables[0][image & 0xff];
    }
    for (uint32_t byte = 0; byte < 256; ++byte) {
      if ((byte >> (bit % 8)) & 1) tables[bit / 8][byte] ^= image;
    }
  }
  return tables;
}

constexpr LaneTables kLaneTables = MakeLaneTables();

uint64_t AfterLane(uint64_t state) {
  return kLaneTables[0][state & 0xff] ^ kLaneTables[1][(state >> 8) & 0xff] ^
         kLaneTables[2][(state >> 16) & 0xff] ^
         kLaneTables[3][(state >> 24) & 0xff];
}

uint64_t WordAt(const char* data) {
  uint64_t word;
  std::memcpy(&word, data, kWordBytes);
  return word;
}

__attribute__((target("sse4.2"))) uint64_t ThreeLanes(const char* data,
                                                      uint64_t first) {
  uint64_t second = 0;
  uint64_t third = 0;
  for (size_t i = 0; i < kLaneBytes; i += kWordBytes) {
    first = __builtin_ia32_crc32di(first, WordAt(data + i));
    second = __builtin_ia32_crc32di(second, WordAt(data + kLaneBytes + i));
    third = __builtin_ia32_crc32di(third, WordAt(data + 2 * kLaneBytes + i));
  }
  return AfterLane(AfterLane(first) ^ second) ^ third;
}

__attribute__((target("sse4.2"))) uint32_t FastCrc32c(absl::string_view data,
                                                      uint32_t crc) {
  uint64_t state = ~crc;
  while (data.size() >= 3 * kLaneBytes) {
    state = ThreeLanes(data.data(), state);
    data.remove_prefix(3 * kLaneBytes);
  }
  while (data.size() >= kWordBytes) {
    state = __builtin_ia32_crc32di(state, WordAt(data.data()));
    data.remove_prefix(kWordBytes);
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
