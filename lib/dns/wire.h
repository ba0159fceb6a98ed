// Names and numbers as they are in the messages of the domain name system.
//
//   WireReader wire(rdata);
//   const uint16_t preference = wire.Number();
//   const std::string host = wire.Host();
//   if (!wire.is_complete()) …malformed…
//
// Source:  RFC 1035 sections 3.1, 3.3 and 4.1.4.
// Threads: one at a time.
// Limits:  names of 255 bytes; a pointer of a compressed name must point to
//          before the name it is in, so that every name ends.

#ifndef POSTERN_LIB_DNS_WIRE_H_
#define POSTERN_LIB_DNS_WIRE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::dns {

// Takes bytes from the front; once one is missing, all that follows fails.
class WireReader {
 public:
  // `bytes` must outlive it.
  explicit WireReader(absl::string_view bytes) : bytes_(bytes) {}

  uint8_t Byte() { return static_cast<uint8_t>(Bytes(1)[0]); }
  uint16_t Number();
  uint32_t LongNumber();
  // Returns `count` bytes, or zeros when there are fewer.
  std::string Bytes(size_t count);
  std::string Rest() { return Bytes(bytes_.size() - position_); }

  // Returns a name in lower case, without a dot at its end; '.' and '\\' in a
  // label have a '\\' before them. It may be compressed.
  std::string Name();
  // Returns a host name, not compressed; empty for the root.
  std::string Host();
  // Passes over a name that is not compressed.
  void SkipName();

  size_t position() const { return position_; }
  bool is_at_end() const { return position_ == bytes_.size(); }
  bool has_failed() const { return failed_; }
  // All was there, and nothing is left.
  bool is_complete() const { return !failed_ && is_at_end(); }

 private:
  void Fail();

  absl::string_view bytes_;
  size_t position_ = 0;
  bool failed_ = false;
};

// Returns the labels of a name (name.h, IsDomainName) in lower case.
std::string WireName(absl::string_view name);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_WIRE_H_
