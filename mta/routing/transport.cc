#include "mta/routing/transport.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "mta/routing/lmtp_hop.h"
#include "mta/routing/next_hop.h"

namespace postern::mta::routing {
namespace {

using Kind = Transport::Kind;

constexpr absl::string_view kRelay = "relay";

constexpr struct {
  absl::string_view name;
  Kind kind;
} kTransports[] = {
    {"smtp", Kind::kSmtp},       {kRelay, Kind::kSmtp},
    {"lmtp", Kind::kLmtp},       {"local", Kind::kLocal},
    {"virtual", Kind::kVirtual}, {"error", Kind::kError},
    {"retry", Kind::kRetry},     {"discard", Kind::kDiscard},
};

absl::StatusOr<Kind> KindOf(absl::string_view name) {
  for (const auto& transport : kTransports) {
    if (transport.name == name) return transport.kind;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no transport \"", Printable(name), "\""));
}

}  // namespace

std::string NameOf(const Transport& transport) {
  if (transport.kind == Kind::kPipe) return transport.pipe;
  if (transport.is_relay) return std::string(kRelay);
  for (const auto& known : kTransports) {
    if (known.kind == transport.kind) return std::string(known.name);
  }
  return "";
}

bool IsPipeName(absl::string_view name) {
  return !name.empty() && !KindOf(name).ok() &&
         absl::c_all_of(name, [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

absl::StatusOr<Transport> ParseTransport(absl::string_view text) {
  return ParseTransport(text, {});
}

absl::StatusOr<Transport> ParseTransport(absl::string_view text,
                                         absl::Span<const std::string> pipes) {
  text = absl::StripAsciiWhitespace(text);
  const size_t colon = std::min(text.find(':'), text.size());
  const absl::string_view name = text.substr(0, colon);
  Transport transport;
  if (colon < text.size()) {
    transport.next_hop =
        std::string(absl::StripLeadingAsciiWhitespace(text.substr(colon + 1)));
  }
  if (absl::c_linear_search(pipes, name)) {
    transport.kind = Kind::kPipe;
    transport.pipe = std::string(name);
  } else if (!name.empty()) {
    absl::StatusOr<Kind> kind = KindOf(name);
    if (!kind.ok()) return kind.status();
    transport.kind = *kind;
    transport.is_relay = name == kRelay;
  }
  if (transport.kind == Kind::kSmtp && !transport.next_hop.empty()) {
    // The port does not matter here.
    const absl::Status status = ParseNextHops(transport.next_hop, 25).status();
    if (!status.ok()) return status;
  }
  if (transport.kind == Kind::kLmtp && !transport.next_hop.empty()) {
    const absl::Status status = ParseLmtpHops(transport.next_hop).status();
    if (!status.ok()) return status;
  }
  return transport;
}

}  // namespace postern::mta::routing
