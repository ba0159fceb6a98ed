#include "lib/dns/rdata.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

// Takes bytes from the front; once one is missing, all that follows fails.
class Wire {
 public:
  explicit Wire(absl::string_view rdata) : left_(rdata) {}

  uint8_t Byte() { return static_cast<uint8_t>(Bytes(1)[0]); }

  uint16_t Number() {
    const uint8_t high = Byte();
    return static_cast<uint16_t>(high << 8 | Byte());
  }

  // Returns `count` bytes, or zeros when there are fewer.
  std::string Bytes(size_t count) {
    if (left_.size() < count) {
      failed_ = true;
      left_ = absl::string_view();
      return std::string(count, '\0');
    }
    std::string bytes(left_.substr(0, count));
    left_.remove_prefix(count);
    return bytes;
  }

  std::string Rest() { return Bytes(left_.size()); }

  // Returns a host name; empty for the root.
  std::string Host() {
    std::string name;
    // A label of 64 or more would be a pointer.
    for (uint8_t length = Byte(); length != 0; length = Byte()) {
      const std::string label = Bytes(length);
      if (length > 63 || label.find('.') != std::string::npos) failed_ = true;
      if (failed_) return "";
      absl::StrAppend(&name, name.empty() ? "" : ".", label);
    }
    if (!name.empty() && !IsHostName(name)) failed_ = true;
    return Normalized(name);
  }

  bool is_at_end() const { return left_.empty(); }
  // All was there, and nothing is left.
  bool is_complete() const { return !failed_ && left_.empty(); }

 private:
  absl::string_view left_;
  bool failed_ = false;
};

template <size_t N>
std::array<uint8_t, N> ToArray(const std::string& bytes) {
  std::array<uint8_t, N> array;
  std::copy_n(bytes.begin(), N, array.begin());
  return array;
}

Txt ReadTxt(Wire& wire) {
  Txt txt;
  do {
    const uint8_t length = wire.Byte();
    txt.parts.push_back(wire.Bytes(length));
  } while (!wire.is_at_end());
  return txt;
}

Record Read(Type type, Wire& wire) {
  switch (type) {
    case Type::kA:
      return net::IpAddress::V4(ToArray<4>(wire.Bytes(4)));
    case Type::kAaaa:
      return net::IpAddress::V6(ToArray<16>(wire.Bytes(16)));
    case Type::kMx: {
      const uint16_t preference = wire.Number();
      return Mx{preference, wire.Host()};
    }
    case Type::kPtr:
      return Ptr{wire.Host()};
    case Type::kCname:
      return Cname{wire.Host()};
    case Type::kSrv: {
      Srv srv;
      srv.priority = wire.Number();
      srv.weight = wire.Number();
      srv.port = wire.Number();
      srv.target = wire.Host();
      return srv;
    }
    case Type::kTlsa: {
      Tlsa tlsa;
      tlsa.usage = wire.Byte();
      tlsa.selector = wire.Byte();
      tlsa.matching_type = wire.Byte();
      tlsa.data = wire.Rest();
      return tlsa;
    }
    case Type::kTxt:
      break;
  }
  return ReadTxt(wire);
}

}  // namespace

absl::StatusOr<Record> ParseRdata(Type type, absl::string_view rdata) {
  Wire wire(rdata);
  Record record = Read(type, wire);
  if (!wire.is_complete()) {
    return absl::InvalidArgumentError(
        absl::StrCat("malformed ", TypeName(type), " record"));
  }
  // A null target is for MX and SRV only.
  if (record == Record(Ptr()) || record == Record(Cname())) {
    return absl::InvalidArgumentError(
        absl::StrCat(TypeName(type), " record without a name"));
  }
  return record;
}

}  // namespace postern::dns
