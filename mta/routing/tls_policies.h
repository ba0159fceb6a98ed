// Finds the TLS policy of a next hop: smtp_tls_policy_maps, and where these say
// nothing smtp_tls_security_level.
//
//   const absl::StatusOr<TlsPolicy> policy = co_await policies.For(next_hop);
//   if (!policy.ok()) …the mail waits…
//
// Errors:  FromConfig(): InvalidArgument; the text starts with the config field
//          at fault. An entry that is wrong when it is read at start ends the
//          program as well. For(): the entry is wrong, or the table cannot be
//          asked; no guess is made, the mail waits.
// Threads: safe to share; Refresh() from any thread, it blocks.

#ifndef POSTERN_MTA_ROUTING_TLS_POLICIES_H_
#define POSTERN_MTA_ROUTING_TLS_POLICIES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/net/task.h"
#include "lib/table/table.h"
#include "mta/routing/next_hop.h"
#include "mta/routing/tls_policy.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::routing {

class TlsPolicies {
 public:
  // `environment` must outlive the policies.
  static absl::StatusOr<std::unique_ptr<TlsPolicies>> FromConfig(
      const config::v1::Mta& config, const table::Environment& environment);

  net::Task<absl::StatusOr<TlsPolicy>> For(NextHop next_hop) const;

  // Reads the files of tables that have changed. The first error is returned;
  // what cannot be read stays as it was.
  absl::Status Refresh();

  // Whether two next hops with the same hosts may have different policies.
  bool differ_by_next_hop() const;
  // Whether domains without an entry are asked for a policy of their own
  // (MTA-STS).
  bool uses_sts() const;
  // Whether any next hop may get TLS, and whether names of certificates may
  // count.
  bool uses_tls() const;
  bool uses_authorities() const;
  const std::string& fingerprint_digest() const { return digest_; }

 private:
  TlsPolicies() = default;

  absl::Status OpenTables(const config::v1::Mta& config,
                          const table::Environment& environment);

  TlsDefaults defaults_;
  TlsPolicy otherwise_;
  std::string digest_;
  uint16_t default_port_ = 25;
  bool uses_sts_ = false;
  std::vector<std::unique_ptr<table::Table>> tables_;
};

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_TLS_POLICIES_H_
