#include "lib/dns/record.h"

#include "absl/strings/str_join.h"

namespace postern::dns {

absl::string_view TypeName(Type type) {
  switch (type) {
    case Type::kA:
      return "A";
    case Type::kNs:
      return "NS";
    case Type::kCname:
      return "CNAME";
    case Type::kSoa:
      return "SOA";
    case Type::kPtr:
      return "PTR";
    case Type::kMx:
      return "MX";
    case Type::kTxt:
      return "TXT";
    case Type::kAaaa:
      return "AAAA";
    case Type::kSrv:
      return "SRV";
    case Type::kTlsa:
      return "TLSA";
  }
  return "TYPE";
}

std::string Txt::Joined() const { return absl::StrJoin(parts, ""); }

}  // namespace postern::dns
