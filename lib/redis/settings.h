// The configuration of a client (proto/config/v1/redis.proto), read and
// checked.
//
// Errors:  InvalidArgument; the text starts with the field at fault.
// Threads: pure.

#ifndef POSTERN_LIB_REDIS_SETTINGS_H_
#define POSTERN_LIB_REDIS_SETTINGS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/net/endpoint.h"
#include "lib/net/tls.h"
#include "lib/redis/circuit_breaker.h"
#include "lib/redis/login.h"
#include "proto/config/v1/redis.pb.h"

namespace postern::redis {

struct Settings {
  config::v1::Redis::Mode mode = config::v1::Redis::MODE_SINGLE;
  std::vector<net::Endpoint> endpoints;
  std::string sentinel_master;
  Login server_login;
  Login sentinel_login;
  bool use_tls = false;
  net::TlsOptions tls;
  std::string tls_server_name;
  absl::Duration operation_timeout;
  absl::Duration connect_timeout;
  CircuitBreaker::Options breaker;
  std::string key_prefix;
  size_t connections = 1;
};

// Opens no files. What `config` leaves unset has the default that redis.proto
// states, but for the key prefix, which may be empty. `program` becomes part
// of the name that CLIENT LIST shows.
absl::StatusOr<Settings> ReadSettings(const config::v1::Redis& config,
                                      const std::string& program);

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_SETTINGS_H_
