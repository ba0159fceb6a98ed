#include "mta/routing/next_hop.h"

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/mail/address.h"
#include "lib/net/ip.h"
#include "mta/routing/lmtp_hop.h"

namespace postern::mta::routing {
namespace {

// RFC 1035 section 2.3.4, in text form.
constexpr size_t kMaxNameBytes = 253;
// Of one list.
constexpr size_t kMostPlaces = 10;

std::string Canonical(absl::string_view name) {
  return mail::LowerDomain(absl::StripSuffix(name, "."));
}

// A host name as DNS and /etc/hosts know them: letters, digits, hyphens and
// underscores in labels of 1 to 63.
bool IsHostName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  size_t label = 0;
  for (const char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (absl::ascii_isalnum(c) || c == '-' || c == '_') {
      if (++label > 63) return false;
    } else {
      return false;
    }
  }
  return label > 0;
}

absl::Status Bad(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(text), "\": ", why));
}

// Reads an address as it may stand between brackets.
absl::StatusOr<net::IpAddress> ParseLiteral(absl::string_view literal) {
  if (absl::StartsWithIgnoreCase(literal, "ipv6:")) literal.remove_prefix(5);
  return net::IpAddress::Parse(literal);
}

absl::StatusOr<NextHop> ParseHost(absl::string_view text,
                                  absl::string_view host, bool bracketed,
                                  uint16_t port) {
  const std::string name = Canonical(host);
  if (const absl::StatusOr<net::IpAddress> address = ParseLiteral(name);
      address.ok()) {
    return NextHop{NextHop::Kind::kHost, address->ToString(), port};
  }
  if (!IsHostName(name)) return Bad(text, "not a host name or an address");
  return NextHop{bracketed ? NextHop::Kind::kHost : NextHop::Kind::kMx, name,
                 port};
}

absl::StatusOr<uint16_t> ParsePort(absl::string_view text,
                                   absl::string_view digits) {
  uint32_t port = 0;
  if (digits.empty() || digits.size() > 5 ||
      !absl::c_all_of(digits, absl::ascii_isdigit) ||
      !absl::SimpleAtoi(digits, &port) || port == 0 || port > 65535) {
    return Bad(text, "the port must be a number from 1 to 65535");
  }
  return port;
}

std::string PlaceText(NextHop::Kind kind, absl::string_view host,
                      uint16_t port) {
  if (kind == NextHop::Kind::kSocket) return absl::StrCat("unix:", host);
  if (kind == NextHop::Kind::kMx) return absl::StrCat(host, ":", port);
  return absl::StrCat("[", host, "]:", port);
}

}  // namespace

std::string NextHop::ToString() const {
  switch (kind) {
    case Kind::kNowhere:
      return "nowhere";
    case Kind::kLocal:
      return "local";
    case Kind::kMailbox:
      return "mailbox";
    case Kind::kFile:
      return "file";
    case Kind::kCommand:
      return "command";
    case Kind::kPipe:
      return "pipe";
    case Kind::kError:
      return "error";
    case Kind::kRetry:
      return "retry";
    case Kind::kDiscard:
      return "discard";
    case Kind::kSocket:
    case Kind::kHost:
    case Kind::kMx:
      break;
  }
  std::string text =
      absl::StrCat(is_lmtp ? "lmtp:" : "", PlaceText(kind, host, port));
  for (const Place& place : others) {
    absl::StrAppend(&text, ",", PlaceText(place.kind, place.host, place.port));
  }
  return text;
}

absl::StatusOr<NextHop> ParseNextHop(absl::string_view text,
                                     uint16_t default_port) {
  absl::string_view host = text;
  absl::string_view behind;  // ":port" or nothing.
  const bool bracketed = absl::StartsWith(text, "[");
  if (bracketed) {
    const size_t end = text.find(']');
    if (end == absl::string_view::npos) return Bad(text, "no \"]\"");
    host = text.substr(1, end - 1);
    behind = text.substr(end + 1);
  } else if (const size_t colon = text.find(':');
             colon != absl::string_view::npos && colon == text.rfind(':')) {
    host = text.substr(0, colon);
    behind = text.substr(colon);
  }
  uint16_t port = default_port;
  if (!behind.empty()) {
    if (behind[0] != ':') return Bad(text, "unexpected text after \"]\"");
    ASSIGN_OR_RETURN(port, ParsePort(text, behind.substr(1)));
  }
  return ParseHost(text, host, bracketed, port);
}

absl::StatusOr<NextHop> ParseNextHops(absl::string_view text,
                                      uint16_t default_port) {
  return ParseList(text, [default_port](absl::string_view item) {
    return ParseNextHop(item, default_port);
  });
}

absl::StatusOr<NextHop> ParseList(
    absl::string_view text,
    absl::FunctionRef<absl::StatusOr<NextHop>(absl::string_view)> parse) {
  std::optional<NextHop> all;
  for (const absl::string_view item :
       absl::StrSplit(text, absl::ByAnyChar(", \t"), absl::SkipEmpty())) {
    ASSIGN_OR_RETURN(NextHop hop, parse(item));
    if (!all) {
      all = std::move(hop);
    } else if (all->others.size() + 1 < kMostPlaces) {
      all->others.push_back({hop.kind, std::move(hop.host), hop.port});
    } else {
      return Bad(text, absl::StrCat("more than ", kMostPlaces, " next hops"));
    }
  }
  if (!all) return Bad(text, "no next hop");
  return *std::move(all);
}

std::string DomainOf(absl::string_view address) {
  const size_t at = address.rfind('@');
  if (at == absl::string_view::npos) return "";
  return Canonical(address.substr(at + 1));
}

absl::StatusOr<Router> Router::FromConfig(const config::v1::Mta& config) {
  Router router;
  router.myhostname_ = Canonical(config.myhostname());
  router.port_ = config.smtp().port();
  router.refuses_literals_ = config.smtp().refuse_address_literals();
  if (!config.relayhost().empty()) {
    absl::StatusOr<NextHop> hop =
        ParseNextHops(config.relayhost(), router.port_);
    if (!hop.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("relayhost: ", hop.status().message()));
    }
    router.relayhost_ = *std::move(hop);
    router.relayhost_->is_relayhost = true;
  }
  return router;
}

NextHop Router::For(absl::string_view recipient) const {
  return ForDomain(recipient, /*skips_relayhost=*/false);
}

NextHop Router::ForDomain(absl::string_view recipient,
                          bool skips_relayhost) const {
  std::string domain = DomainOf(recipient);
  if (domain.empty()) domain = myhostname_;
  if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
    const auto address =
        ParseLiteral(absl::string_view(domain).substr(1, domain.size() - 2));
    if (address.ok() && refuses_literals_) {
      return {NextHop::Kind::kError, "5.1.2 no mail goes to bare addresses", 0};
    }
    if (address.ok()) {
      return {NextHop::Kind::kHost, address->ToString(), port_};
    }
  }
  if (relayhost_ && !skips_relayhost) return *relayhost_;
  return {NextHop::Kind::kMx, std::move(domain), port_};
}

absl::StatusOr<NextHop> Router::For(absl::string_view recipient,
                                    const Transport& transport) const {
  using Kind = NextHop::Kind;
  switch (transport.kind.value_or(Transport::Kind::kSmtp)) {
    case Transport::Kind::kLocal:
      return NextHop{Kind::kLocal, "", 0};
    case Transport::Kind::kVirtual:
      return NextHop{Kind::kMailbox, "", 0};
    case Transport::Kind::kError:
      return NextHop{Kind::kError, transport.next_hop, 0};
    case Transport::Kind::kRetry:
      return NextHop{Kind::kRetry, transport.next_hop, 0};
    case Transport::Kind::kDiscard:
      return NextHop{Kind::kDiscard, transport.next_hop, 0};
    case Transport::Kind::kPipe: {
      NextHop hop = {Kind::kPipe, transport.next_hop, 0};
      if (hop.host.empty()) hop.host = DomainOf(recipient);
      hop.pipe = transport.pipe;
      return hop;
    }
    case Transport::Kind::kLmtp:
      return ForLmtp(recipient, transport);
    case Transport::Kind::kSmtp:
      break;
  }
  if (transport.next_hop.empty()) {
    return ForDomain(recipient, transport.skips_relayhost);
  }
  ASSIGN_OR_RETURN(NextHop hop, ParseNextHops(transport.next_hop, port_));
  hop.is_relayhost = true;
  return hop;
}

absl::StatusOr<NextHop> Router::ForLmtp(absl::string_view recipient,
                                        const Transport& transport) const {
  if (transport.next_hop.empty()) return ParseLmtpHops(DomainOf(recipient));
  ASSIGN_OR_RETURN(NextHop hop, ParseLmtpHops(transport.next_hop));
  hop.is_relayhost = true;
  return hop;
}

std::vector<Group> GroupsOf(const std::vector<Route>& routes) {
  std::vector<Group> groups;
  absl::flat_hash_map<Route, size_t> group_of;
  for (size_t i = 0; i < routes.size(); ++i) {
    const auto [it, is_new] = group_of.try_emplace(routes[i], groups.size());
    if (is_new) groups.push_back({routes[i], {}});
    groups[it->second].recipients.push_back(i);
  }
  return groups;
}

}  // namespace postern::mta::routing
