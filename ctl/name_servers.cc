#include "ctl/name_servers.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "ctl/key_source.h"
#include "lib/base/clock.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/dns/host.h"
#include "lib/dns/name.h"
#include "lib/dns/zone.h"
#include "lib/net/ip.h"

namespace postern::ctl {
namespace {

constexpr uint32_t kUsualPort = 53;
constexpr uint32_t kLastPort = 65535;

// A server to ask: as people know it, and its address.
struct Server {
  std::string name;
  std::string address;  // Empty: the DNS as it is set up.
};

absl::StatusOr<uint32_t> PortOf(const Arguments& arguments) {
  return arguments.Number("--name-server-port", kUsualPort, kLastPort);
}

// Takes "ns.example.org", "192.0.2.53" and both with a port.
absl::StatusOr<net::Endpoint> ServerEndpoint(const std::string& text,
                                             uint16_t port) {
  const absl::string_view bare =
      absl::StripSuffix(absl::StripPrefix(text, "["), "]");
  const absl::StatusOr<net::IpAddress> address = net::IpAddress::Parse(bare);
  if (address.ok()) return net::Endpoint::Tcp(*address, port);
  if (dns::IsHostName(text)) return net::Endpoint{text, port, ""};
  return net::Endpoint::Parse(text);
}

absl::StatusOr<std::string> ZoneOf(const Arguments& arguments,
                                   const std::string& name, KeySource& source) {
  if (arguments.Has("--zone")) return arguments.Value("--zone");
  ASSIGN_OR_RETURN(const dns::Zone zone,
                   source.BlockOn(dns::FindZone(source.resolver(), name,
                                                source.deadline())));
  return zone.name;
}

absl::StatusOr<std::vector<Server>> FindServers(const Arguments& arguments,
                                                const std::string& name) {
  std::vector<Server> found;
  if (arguments.Has("--name-servers")) {
    const std::string listed = arguments.Value("--name-servers");
    for (const absl::string_view address : absl::StrSplit(listed, ',')) {
      found.push_back({std::string(address), std::string(address)});
    }
    return found;
  }
  if (arguments.Has("--dns-records"))
    return std::vector<Server>{{"the DNS", ""}};
  ASSIGN_OR_RETURN(const uint32_t port, PortOf(arguments));
  ASSIGN_OR_RETURN(const std::unique_ptr<KeySource> source,
                   KeySource::Create(arguments, Clock::System()));
  ASSIGN_OR_RETURN(const std::string zone, ZoneOf(arguments, name, *source));
  ASSIGN_OR_RETURN(const std::vector<dns::NameServer> servers,
                   source->BlockOn(dns::FindNameServers(
                       source->resolver(), zone, source->deadline())));
  for (const dns::NameServer& server : servers) {
    for (const net::IpAddress& address : server.addresses) {
      const std::string place =
          net::Endpoint::Tcp(address, static_cast<uint16_t>(port)).ToString();
      found.push_back({absl::StrCat(server.name, " (", place, ")"), place});
    }
  }
  return found;
}

// Asks one server. A new look-up each time: it has seen nothing yet.
absl::StatusOr<dkim::FoundKeys> AskServer(const Arguments& arguments,
                                          const Server& server,
                                          const std::string& name) {
  std::optional<Arguments> alone;
  if (!server.address.empty()) {
    ASSIGN_OR_RETURN(alone, Arguments::Parse({"--dns-server", server.address},
                                             KeySource::DnsSyntax()));
  }
  ASSIGN_OR_RETURN(
      const std::unique_ptr<KeySource> source,
      KeySource::Create(alone ? *alone : arguments, Clock::System()));
  std::vector<dkim::FoundKeys> found =
      source->BlockOn(source->finder().Find({name}, source->deadline()));
  return std::move(found.front());
}

}  // namespace

Syntax NameServerSyntax() {
  return Joined(KeySource::DnsSyntax(),
                {.options = {"--zone", "--name-servers", "--name-server-port"},
                 .switches = {}});
}

absl::Status CheckNameServerOptions(const Arguments& arguments) {
  RETURN_IF_ERROR(PortOf(arguments).status());
  const std::string listed = arguments.Value("--name-servers", "none");
  for (const absl::string_view address : absl::StrSplit(listed, ',')) {
    if (!address.empty()) continue;
    return absl::InvalidArgumentError(
        "--name-servers: addresses with ',' between them");
  }
  const std::string zone = arguments.Value("--zone");
  if (!arguments.Has("--zone") || dns::IsDomainName(zone)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--zone ", Printable(zone), ": is no name of a zone"));
}

absl::StatusOr<std::string> WhoLacks(const Arguments& arguments,
                                     const std::string& name,
                                     const FaultOf& fault) {
  ASSIGN_OR_RETURN(const std::vector<Server> servers,
                   FindServers(arguments, name));
  for (const Server& server : servers) {
    ASSIGN_OR_RETURN(const dkim::FoundKeys found,
                     AskServer(arguments, server, name));
    const std::string wrong = fault(found);
    if (!wrong.empty()) return absl::StrCat(server.name, ": ", wrong);
  }
  return std::string();
}

absl::StatusOr<Primary> FindPrimary(const Arguments& arguments,
                                    const std::string& name) {
  ASSIGN_OR_RETURN(const std::unique_ptr<KeySource> source,
                   KeySource::Create(arguments, Clock::System()));
  ASSIGN_OR_RETURN(const uint32_t port, PortOf(arguments));
  dns::Zone zone = {arguments.Value("--zone"),
                    arguments.Value("--update-server")};
  if (zone.name.empty() || zone.primary.empty()) {
    ASSIGN_OR_RETURN(dns::Zone found, source->BlockOn(dns::FindZone(
                                          source->resolver(),
                                          zone.name.empty() ? name : zone.name,
                                          source->deadline())));
    if (zone.name.empty()) zone.name = std::move(found.name);
    if (zone.primary.empty()) zone.primary = std::move(found.primary);
  }
  ASSIGN_OR_RETURN(net::Endpoint endpoint,
                   ServerEndpoint(zone.primary, static_cast<uint16_t>(port)));
  Primary primary = {zone.name, {}};
  ASSIGN_OR_RETURN(primary.endpoints,
                   source->BlockOn(dns::ResolveEndpoints(
                       source->resolver(), endpoint, source->deadline())));
  return primary;
}

}  // namespace postern::ctl
