#include "mta/limits/event.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace postern::mta::limits {
namespace {

constexpr uint64_t kMostOfANetwork = 1'000'000'000;

}  // namespace

absl::string_view EventName(Event event) {
  switch (event) {
    case Event::kConnection:
      return "connection";
    case Event::kMessage:
      return "message";
    case Event::kRecipient:
      return "recipient";
    case Event::kTlsHandshake:
      return "tls_handshake";
    case Event::kAuth:
      return "auth";
    case Event::kAuthFailure:
      return "auth_failure";
  }
  return "unknown";
}

bool Rules::IsException(const net::IpAddress& client) const {
  return std::any_of(
      exceptions.begin(), exceptions.end(),
      [&](const net::Network& network) { return network.Contains(client); });
}

std::vector<Bound> Rules::BoundsOf(uint32_t limit,
                                   const net::IpAddress& client) const {
  std::vector<Bound> bounds;
  if (limit == 0 || IsException(client)) return bounds;
  const bool v4 = client.is_v4();
  bounds.push_back(
      {net::Network(client, v4 ? client_bits_v4 : client_bits_v6), limit});
  if (network_factor > 0) {
    const uint64_t most =
        std::min<uint64_t>(uint64_t{limit} * network_factor, kMostOfANetwork);
    bounds.push_back(
        {net::Network(client, v4 ? network_bits_v4 : network_bits_v6),
         static_cast<uint32_t>(most)});
  }
  return bounds;
}

absl::StatusOr<Rules> RulesFrom(const config::v1::Mta& config) {
  Rules rules;
  const auto set = [&rules](Event event, uint32_t limit) {
    rules.limits[static_cast<size_t>(event)] = limit;
  };
  set(Event::kConnection, config.smtpd_client_connection_rate_limit());
  set(Event::kMessage, config.smtpd_client_message_rate_limit());
  set(Event::kRecipient, config.smtpd_client_recipient_rate_limit());
  set(Event::kTlsHandshake, config.smtpd_client_new_tls_session_rate_limit());
  set(Event::kAuth, config.smtpd_client_auth_rate_limit());
  set(Event::kAuthFailure, config.smtpd_client_auth_failure_rate_limit());
  rules.open_connections = config.smtpd_client_connection_count_limit();
  rules.client_bits_v4 =
      static_cast<int>(config.smtpd_client_ipv4_prefix_length());
  rules.client_bits_v6 =
      static_cast<int>(config.smtpd_client_ipv6_prefix_length());
  rules.network_factor = config.smtpd_client_network_factor();
  // A network holds the client, so it is never the smaller of the two.
  rules.network_bits_v4 = std::min(rules.network_bits_v4, rules.client_bits_v4);
  rules.network_bits_v6 = std::min(rules.network_bits_v6, rules.client_bits_v6);
  const auto& exceptions = config.smtpd_client_event_limit_exceptions();
  for (const std::string& text :
       exceptions.empty() ? config.mynetworks() : exceptions) {
    absl::StatusOr<net::Network> network = net::Network::Parse(text);
    if (!network.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "smtpd_client_event_limit_exceptions: ", network.status().message()));
    }
    rules.exceptions.push_back(*network);
  }
  return rules;
}

}  // namespace postern::mta::limits
