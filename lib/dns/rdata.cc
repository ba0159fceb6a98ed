#include "lib/dns/rdata.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/dns/wire.h"

namespace postern::dns {
namespace {

template <size_t N>
std::array<uint8_t, N> ToArray(const std::string& bytes) {
  std::array<uint8_t, N> array;
  std::copy_n(bytes.begin(), N, array.begin());
  return array;
}

Txt ReadTxt(WireReader& wire) {
  Txt txt;
  do {
    const uint8_t length = wire.Byte();
    txt.parts.push_back(wire.Bytes(length));
  } while (!wire.is_at_end());
  return txt;
}

Soa ReadSoa(WireReader& wire) {
  constexpr size_t kNumberBytes =
      20;  // Serial, refresh, retry, expire, minimum.
  Soa soa{wire.Host()};
  wire.SkipName();  // Whose zone it is: a mailbox.
  wire.Bytes(kNumberBytes);
  return soa;
}

Record Read(Type type, WireReader& wire) {
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
    case Type::kNs:
      return Ns{wire.Host()};
    case Type::kSoa:
      return ReadSoa(wire);
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
  WireReader wire(rdata);
  Record record = Read(type, wire);
  if (!wire.is_complete()) {
    return absl::InvalidArgumentError(
        absl::StrCat("malformed ", TypeName(type), " record"));
  }
  // A null target is for MX and SRV only.
  if (record == Record(Ptr()) || record == Record(Cname()) ||
      record == Record(Ns())) {
    return absl::InvalidArgumentError(
        absl::StrCat(TypeName(type), " record without a name"));
  }
  return record;
}

}  // namespace postern::dns
