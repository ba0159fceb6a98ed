#include "lib/redis/settings.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::redis {
namespace {

using Config = config::v1::Redis;

constexpr size_t kMaxPrefixBytes = 64;

absl::Duration ToDuration(const google::protobuf::Duration& duration,
                          absl::Duration if_unset) {
  const absl::Duration value =
      absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
  return value > absl::ZeroDuration() ? value : if_unset;
}

absl::Status Wrong(const char* field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("redis.", field, ": ", why));
}

absl::StatusOr<std::vector<net::Endpoint>> ReadEndpoints(const Config& config) {
  if (config.endpoints().empty()) return Wrong("endpoints", "needs one");
  if (config.mode() == Config::MODE_SINGLE && config.endpoints_size() > 1) {
    return Wrong("endpoints", "mode single has one server");
  }
  std::vector<net::Endpoint> endpoints;
  for (const std::string& text : config.endpoints()) {
    absl::StatusOr<net::Endpoint> endpoint = net::Endpoint::Parse(text);
    if (!endpoint.ok()) return Wrong("endpoints", endpoint.status().message());
    if (endpoint->is_unix() && config.mode() != Config::MODE_SINGLE) {
      return Wrong("endpoints", "a Unix socket is for mode single");
    }
    if (!endpoint->is_unix() && endpoint->port == 0) {
      return Wrong("endpoints", "the port cannot be 0");
    }
    endpoints.push_back(*std::move(endpoint));
  }
  return endpoints;
}

// The braces of a tag must be the first ones of a key.
absl::Status CheckPrefix(const std::string& prefix) {
  if (prefix.size() > kMaxPrefixBytes) return Wrong("key_prefix", "too long");
  for (const char c : prefix) {
    if (!absl::ascii_isgraph(c) || c == '{' || c == '}') {
      return Wrong("key_prefix", "must be printable, without spaces or braces");
    }
  }
  return absl::OkStatus();
}

// The name of a client must be printable and without spaces.
std::string ClientName(const std::string& program) {
  std::string name = absl::StrCat("postern-", Printable(program, 64));
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

absl::Status ReadLogins(const Config& config, const std::string& program,
                        Settings& settings) {
  if (!config.username().empty() && config.password_file().empty()) {
    return Wrong("password_file", "a user name needs a password");
  }
  if (!config.sentinel_username().empty() &&
      config.sentinel_password_file().empty()) {
    return Wrong("sentinel_password_file", "a user name needs a password");
  }
  if (config.mode() == Config::MODE_CLUSTER && config.database() != 0) {
    return Wrong("database", "a cluster has only database 0");
  }
  settings.server_login = {
      .username = config.username(),
      .password_file = config.password_file(),
      .database = config.database(),
      .client_name = ClientName(program),
      .require_master = config.mode() == Config::MODE_SENTINEL};
  settings.sentinel_login = {.username = config.sentinel_username(),
                             .password_file = config.sentinel_password_file(),
                             .database = 0,
                             .client_name = ClientName(program),
                             .require_master = false};
  return absl::OkStatus();
}

void ReadBreaker(const config::v1::RedisCircuitBreaker& config,
                 CircuitBreaker::Options& breaker) {
  if (config.failures() > 0) {
    breaker.failures =
        static_cast<int>(std::min(config.failures(), 1'000'000u));
  }
  breaker.shortest_pause =
      ToDuration(config.shortest_pause(), breaker.shortest_pause);
  breaker.longest_pause =
      ToDuration(config.longest_pause(), breaker.longest_pause);
}

absl::Status ReadTls(const Config& config, Settings& settings) {
  settings.use_tls = config.has_tls();
  if (!settings.use_tls) return absl::OkStatus();
  const config::v1::RedisTls& tls = config.tls();
  if (tls.certificate_file().empty() != tls.key_file().empty()) {
    return Wrong("tls", "certificate_file and key_file come together");
  }
  if (settings.endpoints.front().is_unix()) {
    return Wrong("tls", "a Unix socket has none");
  }
  settings.tls = {.certificate_file = tls.certificate_file(),
                  .key_file = tls.key_file(),
                  .ca_file = tls.ca_file(),
                  .verify_peer = true};
  settings.tls_server_name = tls.server_name();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Settings> ReadSettings(const Config& config,
                                      const std::string& program) {
  Settings settings;
  settings.mode = config.mode();
  ASSIGN_OR_RETURN(settings.endpoints, ReadEndpoints(config));
  settings.sentinel_master =
      config.sentinel_master().empty() ? "mymaster" : config.sentinel_master();
  RETURN_IF_ERROR(ReadLogins(config, program, settings));
  RETURN_IF_ERROR(ReadTls(config, settings));
  RETURN_IF_ERROR(CheckPrefix(config.key_prefix()));
  settings.key_prefix = config.key_prefix();
  settings.operation_timeout =
      ToDuration(config.operation_timeout(), absl::Milliseconds(150));
  settings.connect_timeout =
      ToDuration(config.connect_timeout(), absl::Seconds(1));
  ReadBreaker(config.circuit_breaker(), settings.breaker);
  settings.connections =
      std::clamp<size_t>(config.connections_per_reactor(), 1, 16);
  return settings;
}

}  // namespace postern::redis
