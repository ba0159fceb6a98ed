#include "lib/dns/rdata.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

// Takes bytes off the front; a failed read makes all later ones fail.
class Bytes {
 public:
  explicit Bytes(absl::string_view data) : left_(data) {}

  uint8_t U8() { return static_cast<uint8_t>(Take(1)[0]); }
  uint16_t U16() {
    const absl::string_view two = Take(2);
    return static_cast<uint16_t>(static_cast<uint8_t>(two[0]) << 8 |
                                 static_cast<uint8_t>(two[1]));
  }
  // After a failure: as many zero bytes.
  absl::string_view Take(size_t bytes) {
    static constexpr char kZeros[256] = {};
    if (left_.size() < bytes) {
      failed_ = true;
      left_ = {};
      return absl::string_view(kZeros, bytes);
    }
    const absl::string_view taken = left_.substr(0, bytes);
    left_.remove_prefix(bytes);
    return taken;
  }
  absl::string_view Rest() { return std::exchange(left_, {}); }

  // The labels up to the root, joined by dots. "" is the root itself. A label
  // with a dot in it is no host name, so the joined text is not mistaken.
  std::string Name() {
    std::string name;
    while (const uint8_t length = U8()) {
      if (length > 63) failed_ = true;
      const absl::string_view label = Take(length);
      if (label.find('.') != absl::string_view::npos) failed_ = true;
      absl::StrAppend(&name, name.empty() ? "" : ".", label);
    }
    return Normalized(name);
  }

  bool is_empty() const { return left_.empty(); }
  // All was there, and nothing is left.
  bool is_done() const { return !failed_ && left_.empty(); }

 private:
  absl::string_view left_;
  bool failed_ = false;
};

Record ParseAddress(Type type, Bytes& bytes) {
  if (type == Type::kA) {
    std::array<uint8_t, 4> v4;
    std::memcpy(v4.data(), bytes.Take(v4.size()).data(), v4.size());
    return net::IpAddress::V4(v4);
  }
  std::array<uint8_t, 16> v6;
  std::memcpy(v6.data(), bytes.Take(v6.size()).data(), v6.size());
  return net::IpAddress::V6(v6);
}

Record ParseTxt(Bytes& bytes) {
  Txt txt;
  do {
    const uint8_t length = bytes.U8();
    txt.parts.emplace_back(bytes.Take(length));
  } while (!bytes.is_empty());
  return txt;
}

Record ParseSrv(Bytes& bytes) {
  Srv srv;
  srv.priority = bytes.U16();
  srv.weight = bytes.U16();
  srv.port = bytes.U16();
  srv.target = bytes.Name();
  return srv;
}

Record ParseTlsa(Bytes& bytes) {
  Tlsa tlsa;
  tlsa.usage = bytes.U8();
  tlsa.selector = bytes.U8();
  tlsa.matching_type = bytes.U8();
  tlsa.data = std::string(bytes.Rest());
  return tlsa;
}

Record ParseAny(Type type, Bytes& bytes) {
  switch (type) {
    case Type::kA:
    case Type::kAaaa:
      return ParseAddress(type, bytes);
    case Type::kPtr:
      return Ptr{bytes.Name()};
    case Type::kMx: {
      const uint16_t preference = bytes.U16();
      return Mx{preference, bytes.Name()};
    }
    case Type::kTxt:
      return ParseTxt(bytes);
    case Type::kSrv:
      return ParseSrv(bytes);
    case Type::kTlsa:
      return ParseTlsa(bytes);
  }
  return Txt{};
}

// Whether a name in the record may be used: a host, or the root where that
// means "none".
bool HasUsableName(const Record& record) {
  if (const Mx* mx = std::get_if<Mx>(&record)) {
    return mx->host.empty() || IsHostName(mx->host);
  }
  if (const Srv* srv = std::get_if<Srv>(&record)) {
    return srv->target.empty() || IsHostName(srv->target);
  }
  if (const Ptr* ptr = std::get_if<Ptr>(&record)) return IsHostName(ptr->name);
  return true;
}

}  // namespace

std::optional<Record> ParseRdata(Type type, absl::string_view rdata) {
  Bytes bytes(rdata);
  Record record = ParseAny(type, bytes);
  if (!bytes.is_done() || !HasUsableName(record)) return std::nullopt;
  return record;
}

}  // namespace postern::dns
