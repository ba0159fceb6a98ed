#include "mta/server/proxy_protocol.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/net/deadline.h"
#include "lib/net/endpoint.h"

namespace postern::mta::server {
namespace {

constexpr absl::string_view kV1Start = "PROXY ";
constexpr absl::string_view kV2Start("\r\n\r\n\0\r\nQUIT\n", 12);
// Both versions have more than this.
constexpr size_t kStartBytes = 12;
constexpr size_t kV2HeadBytes = 16;
constexpr size_t kTlvHeadBytes = 3;

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("PROXY header: ", what));
}

size_t NumberAt(absl::string_view bytes, size_t at) {
  return static_cast<size_t>(static_cast<uint8_t>(bytes[at])) << 8 |
         static_cast<uint8_t>(bytes[at + 1]);
}

absl::StatusOr<uint16_t> PortIn(absl::string_view text) {
  uint32_t port = 0;
  const bool is_digits = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (!is_digits || text.size() > 5 || !absl::SimpleAtoi(text, &port) ||
      port > 65535) {
    return Malformed("a port is wrong");
  }
  return static_cast<uint16_t>(port);
}

absl::StatusOr<net::IpAddress> AddressIn(absl::string_view text, bool is_v4) {
  auto address = net::IpAddress::Parse(text);
  // A mapped IPv6 address is told as IPv4 by IpAddress; its text has colons.
  if (!address.ok() || absl::StrContains(text, ':') == is_v4) {
    return Malformed("an address is wrong");
  }
  return *address;
}

template <size_t n>
std::array<uint8_t, n> BytesAt(absl::string_view bytes, size_t at) {
  std::array<uint8_t, n> out;
  std::copy_n(bytes.begin() + at, n, out.begin());
  return out;
}

absl::Status CheckTlvs(absl::string_view rest) {
  while (!rest.empty()) {
    if (rest.size() < kTlvHeadBytes) return Malformed("a field is cut short");
    const size_t size = NumberAt(rest, 1);
    rest.remove_prefix(kTlvHeadBytes);
    if (size > rest.size()) return Malformed("a field is longer than it");
    rest.remove_prefix(size);
  }
  return absl::OkStatus();
}

}  // namespace

size_t ProxyHeaderReader::Wanted() const {
  if (is_complete_) return 0;
  if (header_.size() < kStartBytes) return kStartBytes - header_.size();
  if (!is_v2_) {
    // The line has two more bytes at least, unless its end has begun.
    const size_t left = kMaxV1Bytes - header_.size();
    return std::min<size_t>(left, header_.back() == '\r' ? 1 : 2);
  }
  if (header_.size() < kV2HeadBytes) return kV2HeadBytes - header_.size();
  return kV2HeadBytes + NumberAt(header_, 14) - header_.size();
}

absl::Status ProxyHeaderReader::Take(absl::string_view bytes) {
  assert(bytes.size() <= Wanted());
  absl::StrAppend(&header_, bytes);
  RETURN_IF_ERROR(CheckStart());
  if (header_.size() < kStartBytes) return absl::OkStatus();
  is_v2_ = header_.front() == kV2Start.front();
  return is_v2_ ? TakeV2() : TakeV1();
}

// What cannot become a header is refused at its first wrong byte.
absl::Status ProxyHeaderReader::CheckStart() const {
  const absl::string_view header = header_;
  for (const absl::string_view start : {kV1Start, kV2Start}) {
    const size_t known = std::min(start.size(), header.size());
    if (header.substr(0, known) == start.substr(0, known)) {
      return absl::OkStatus();
    }
  }
  return Malformed("it does not begin like one");
}

absl::Status ProxyHeaderReader::TakeV1() {
  absl::string_view line = header_;
  if (!absl::ConsumeSuffix(&line, "\r\n")) {
    if (header_.size() >= kMaxV1Bytes) return Malformed("it is too long");
    return absl::OkStatus();
  }
  is_complete_ = true;
  line.remove_prefix(kV1Start.size());
  if (line == "UNKNOWN" || absl::StartsWith(line, "UNKNOWN ")) {
    return absl::OkStatus();
  }
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
  if (words.size() != 5) return Malformed("it has not five fields");
  const bool is_v4 = words[0] == "TCP4";
  if (!is_v4 && words[0] != "TCP6") return Malformed("it is not TCP");
  ProxyEnds ends;
  ASSIGN_OR_RETURN(ends.source, AddressIn(words[1], is_v4));
  ASSIGN_OR_RETURN(ends.destination, AddressIn(words[2], is_v4));
  ASSIGN_OR_RETURN(ends.source_port, PortIn(words[3]));
  ASSIGN_OR_RETURN(ends.destination_port, PortIn(words[4]));
  ends_ = ends;
  return absl::OkStatus();
}

absl::Status ProxyHeaderReader::TakeV2() {
  if (header_.size() < kV2HeadBytes) return absl::OkStatus();
  const size_t size = NumberAt(header_, 14);
  if (kV2HeadBytes + size > kMaxV2Bytes) return Malformed("it is too long");
  if (header_.size() < kV2HeadBytes + size) return absl::OkStatus();
  is_complete_ = true;
  const auto version_and_command = static_cast<uint8_t>(header_[12]);
  const auto family = static_cast<uint8_t>(header_[13]);
  if (version_and_command == 0x20) return absl::OkStatus();  // LOCAL.
  if (version_and_command != 0x21) return Malformed("an unknown command");
  const absl::string_view body =
      absl::string_view(header_).substr(kV2HeadBytes);
  if (family == 0x00) return CheckTlvs(body);  // Unspecified.
  const size_t address_bytes = family == 0x11 ? 4 : 16;
  if (family != 0x11 && family != 0x21) return Malformed("it is not TCP");
  const size_t ends_bytes = 2 * address_bytes + 4;
  if (body.size() < ends_bytes) return Malformed("its addresses are cut short");
  RETURN_IF_ERROR(CheckTlvs(body.substr(ends_bytes)));
  ProxyEnds ends;
  if (family == 0x11) {
    ends.source = net::IpAddress::V4(BytesAt<4>(body, 0));
    ends.destination = net::IpAddress::V4(BytesAt<4>(body, 4));
  } else {
    ends.source = net::IpAddress::V6(BytesAt<16>(body, 0));
    ends.destination = net::IpAddress::V6(BytesAt<16>(body, 16));
  }
  ends.source_port = static_cast<uint16_t>(NumberAt(body, 2 * address_bytes));
  ends.destination_port =
      static_cast<uint16_t>(NumberAt(body, 2 * address_bytes + 2));
  ends_ = ends;
  return absl::OkStatus();
}

absl::StatusOr<ProxySettings> ProxySettings::FromConfig(
    const config::v1::Mta& config) {
  ProxySettings settings;
  settings.is_expected = config.smtpd_upstream_proxy_protocol() ==
                         config::v1::Mta::UPSTREAM_PROXY_HAPROXY;
  settings.timeout = config::FromProto(config.smtpd_upstream_proxy_timeout());
  for (const std::string& text : config.smtpd_upstream_proxy_hosts()) {
    const auto network = net::Network::Parse(text);
    if (!network.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "smtpd_upstream_proxy_hosts: ", network.status().message()));
    }
    settings.hosts.push_back(*network);
  }
  if (settings.is_expected && settings.hosts.empty()) {
    return absl::InvalidArgumentError(
        "smtpd_upstream_proxy_hosts: must list the proxies when "
        "smtpd_upstream_proxy_protocol is haproxy");
  }
  return settings;
}

bool ProxySettings::IsListed(const net::IpAddress& host) const {
  return std::any_of(
      hosts.begin(), hosts.end(),
      [&host](const net::Network& network) { return network.Contains(host); });
}

absl::string_view ProxyResultName(ProxyResult result) {
  switch (result) {
    case ProxyResult::kProxied:
      return "proxied";
    case ProxyResult::kLocal:
      return "local";
    case ProxyResult::kMalformed:
      return "malformed";
    case ProxyResult::kTimedOut:
      return "timed_out";
    case ProxyResult::kNotListed:
      return "not_listed";
  }
  return "malformed";
}

net::Task<ProxyResult> TakeProxyHeader(net::Stream& stream,
                                       const ProxySettings& settings) {
  if (!settings.IsListed(stream.peer_address())) {
    co_return ProxyResult::kNotListed;
  }
  const net::Deadline deadline = net::Deadline::After(settings.timeout);
  ProxyHeaderReader reader;
  std::array<char, 512> buffer;
  while (!reader.is_complete()) {
    const absl::Span<char> space(buffer.data(),
                                 std::min(reader.Wanted(), buffer.size()));
    const absl::StatusOr<size_t> n = co_await stream.Read(space, deadline);
    if (absl::IsDeadlineExceeded(n.status())) co_return ProxyResult::kTimedOut;
    if (!n.ok() || *n == 0) co_return ProxyResult::kMalformed;
    if (!reader.Take({buffer.data(), *n}).ok()) {
      co_return ProxyResult::kMalformed;
    }
  }
  if (!reader.ends()) co_return ProxyResult::kLocal;
  const ProxyEnds& ends = *reader.ends();
  stream.AssumeEnds(
      net::Endpoint::Tcp(ends.source, ends.source_port), ends.source,
      net::Endpoint::Tcp(ends.destination, ends.destination_port));
  co_return ProxyResult::kProxied;
}

}  // namespace postern::mta::server
