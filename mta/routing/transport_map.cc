#include "mta/routing/transport_map.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "mta/rewriting/extension.h"
#include "mta/routing/next_hop.h"

namespace postern::mta::routing {
namespace {

using rewriting::AddressClass;

absl::Status In(absl::string_view field, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(field, ": ", status.message()));
}

bool IsDunno(absl::string_view value) {
  return absl::EqualsIgnoreCase(value, "DUNNO");
}

absl::Status CheckRelayhost(absl::string_view value) {
  // The port does not matter here.
  return IsDunno(value) ? absl::OkStatus() : ParseNextHops(value, 25).status();
}

// Reads the transport of a class.
absl::StatusOr<Transport> ClassTransport(absl::string_view field,
                                         absl::string_view text,
                                         absl::string_view usual,
                                         absl::Span<const std::string> pipes) {
  absl::StatusOr<Transport> transport =
      ParseTransport(text.empty() ? usual : text, pipes);
  if (!transport.ok()) return In(field, transport.status());
  if (!transport->kind) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": \"", text, "\" names no transport"));
  }
  return transport;
}

// What `value` of a table makes of `usual`.
absl::StatusOr<Transport> Overridden(Transport usual, absl::string_view value,
                                     absl::Span<const std::string> pipes) {
  ASSIGN_OR_RETURN(Transport found, ParseTransport(value, pipes));
  if (found.kind) {
    found.skips_relayhost = true;
    return found;
  }
  if (!found.next_hop.empty()) usual.next_hop = std::move(found.next_hop);
  return usual;
}

// The names of the pipes, each of which may be one and is there once.
absl::StatusOr<std::vector<std::string>> PipesOf(
    const config::v1::Routing& routing) {
  std::vector<std::string> names;
  for (const config::v1::PipeTransport& pipe : routing.pipe()) {
    if (!IsPipeName(pipe.name()) || absl::c_linear_search(names, pipe.name())) {
      return absl::InvalidArgumentError(absl::StrCat(
          "routing.pipe.name: \"", Printable(pipe.name()),
          "\": a name of its own, of letters, digits, - and _, is wanted"));
    }
    names.push_back(pipe.name());
  }
  return names;
}

}  // namespace

absl::Status TransportMap::OpenTables(const config::v1::Mta& config,
                                      const table::Environment& environment) {
  const config::v1::Routing& routing = config.routing();
  const auto check = [this](absl::string_view value) {
    return ParseTransport(value, pipes_).status();
  };
  const auto check_of_sender = [&check](absl::string_view value) {
    return IsDunno(value) ? absl::OkStatus() : check(value);
  };
  RETURN_IF_ERROR(transports_.Open(
      "routing.transport_maps", routing.transport_maps(), environment, check));
  RETURN_IF_ERROR(relayhosts_.Open("routing.sender_dependent_relayhost_maps",
                                   routing.sender_dependent_relayhost_maps(),
                                   environment, CheckRelayhost));
  return sender_transports_.Open(
      "routing.sender_dependent_default_transport_maps",
      routing.sender_dependent_default_transport_maps(), environment,
      check_of_sender);
}

absl::StatusOr<std::shared_ptr<const TransportMap>> TransportMap::Open(
    const config::v1::Mta& config, const table::Environment& tables) {
  const config::v1::Routing& routing = config.routing();
  std::shared_ptr<TransportMap> map(new TransportMap());
  ASSIGN_OR_RETURN(map->pipes_, PipesOf(routing));
  ASSIGN_OR_RETURN(map->default_, ClassTransport("routing.default_transport",
                                                 routing.default_transport(),
                                                 "smtp", map->pipes_));
  ASSIGN_OR_RETURN(map->relay_, ClassTransport("routing.relay_transport",
                                               routing.relay_transport(),
                                               "relay", map->pipes_));
  ASSIGN_OR_RETURN(map->virtual_, ClassTransport("routing.virtual_transport",
                                                 routing.virtual_transport(),
                                                 "virtual", map->pipes_));
  ASSIGN_OR_RETURN(map->local_, ClassTransport("routing.local_transport",
                                               routing.local_transport(),
                                               "local", map->pipes_));
  RETURN_IF_ERROR(map->OpenTables(config, tables));
  map->null_relayhost_key_ = routing.empty_address_relayhost_maps_lookup_key();
  map->null_transport_key_ =
      routing.empty_address_default_transport_maps_lookup_key();
  map->delimiters_ = config.recipient_delimiter();
  map->parents_match_ = absl::c_linear_search(
      config.parent_domain_matches_subdomains(), "transport_maps");
  return map;
}

net::Task<absl::StatusOr<Transport>> TransportMap::OfClass(
    AddressClass address_class, std::string sender) const {
  Transport transport = default_;
  switch (address_class) {
    case AddressClass::kLocal:
      co_return local_;
    case AddressClass::kMailbox:
      co_return virtual_;
    case AddressClass::kVirtualAlias: {
      Transport error = {Transport::Kind::kError,
                         "5.1.1 user unknown in virtual alias table"};
      co_return error;
    }
    case AddressClass::kRelay:
      transport = relay_;
      break;
    case AddressClass::kElsewhere: {
      if (sender_transports_.empty()) break;
      std::vector<std::string> keys = SenderKeys(sender, null_transport_key_);
      CO_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                          co_await sender_transports_.Find(std::move(keys)));
      if (!value || IsDunno(*value)) break;
      CO_ASSIGN_OR_RETURN(transport, Overridden(default_, *value, pipes_));
      transport.skips_relayhost = false;
      break;
    }
  }
  if (!transport.next_hop.empty() || relayhosts_.empty() ||
      transport.kind != Transport::Kind::kSmtp) {
    co_return transport;
  }
  std::vector<std::string> keys = SenderKeys(sender, null_relayhost_key_);
  CO_ASSIGN_OR_RETURN(std::optional<std::string> relayhost,
                      co_await relayhosts_.Find(std::move(keys)));
  if (relayhost && !IsDunno(*relayhost)) {
    CO_RETURN_IF_ERROR(CheckRelayhost(*relayhost));
    transport.next_hop = *std::move(relayhost);
  }
  co_return transport;
}

std::vector<std::string> TransportMap::KeysOf(
    const mail::Address& recipient) const {
  const std::string domain = mail::LowerDomain(recipient.domain);
  const rewriting::SplitLocalPart split =
      rewriting::SplitExtension(recipient.local_part, delimiters_);
  std::vector<std::string> keys = {
      mail::Address{recipient.local_part, domain}.ToString()};
  if (!split.extension.empty()) {
    keys.push_back(mail::Address{std::string(split.base), domain}.ToString());
  }
  keys.push_back(domain);
  if (!absl::StartsWith(domain, "[")) {
    for (size_t dot = domain.find('.'); dot != std::string::npos;
         dot = domain.find('.', dot + 1)) {
      keys.push_back(domain.substr(parents_match_ ? dot + 1 : dot));
    }
  }
  keys.push_back("*");
  return keys;
}

net::Task<absl::StatusOr<Transport>> TransportMap::Find(
    AddressClass address_class, std::string sender,
    mail::Address recipient) const {
  CO_ASSIGN_OR_RETURN(Transport usual,
                      co_await OfClass(address_class, std::move(sender)));
  if (transports_.empty()) co_return usual;
  std::vector<std::string> keys = KeysOf(recipient);
  CO_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                      co_await transports_.Find(std::move(keys)));
  if (!value) co_return usual;
  co_return Overridden(std::move(usual), *value, pipes_);
}

}  // namespace postern::mta::routing
