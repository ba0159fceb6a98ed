// Finds out who we are to a next hop: smtp_sasl_password_maps.
//
//   ASSIGN_OR_RETURN(std::shared_ptr<Logins> logins,
//                    Logins::FromConfig(config, tables));    // may be nullptr
//   CO_ASSIGN_OR_RETURN(const LoginChoice choice,
//                       co_await logins->Choose(next_hop, sender));
//   CO_ASSIGN_OR_RETURN(const std::optional<sasl::Login> login,
//                       co_await logins->ForHost(choice, host));
//
// The keys are, in this order: with smtp_sender_dependent_authentication the
// sender and then "@domain" of it, the next hop as it stands in the settings
// ("[mail.example.org]:587"), the name of the host. A sender's login is only
// for next hops that stand in the settings: nobody else is shown it, other than
// with Postfix, where any host that offers AUTH is.
//
// Source:  postconf(5), smtp_sasl_*; SASL_README.
// Errors:  FromConfig() returns InvalidArgument; the text starts with the field
//          at fault and has nothing of a password in it. A file that others may
//          read is refused, at Refresh() as well. Choose() and ForHost(): a
//          table cannot be asked or has a wrong value; the mail waits.
// Threads: safe to share; Refresh() from any thread, it blocks.

#ifndef POSTERN_MTA_OUTBOUND_LOGINS_H_
#define POSTERN_MTA_OUTBOUND_LOGINS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/net/task.h"
#include "lib/table/table.h"
#include "mta/outbound/login_choice.h"
#include "mta/outbound/login_memory.h"
#include "mta/outbound/sasl_rules.h"
#include "mta/routing/mx.h"
#include "mta/routing/next_hop.h"
#include "mta/routing/table_list.h"
#include "mta/sasl/client.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::outbound {

class Logins {
 public:
  // Returns nullptr without smtp_sasl_auth_enable.
  static absl::StatusOr<std::shared_ptr<Logins>> FromConfig(
      const config::v1::Mta& config, const table::Environment& environment);

  net::Task<absl::StatusOr<LoginChoice>> Choose(routing::NextHop next_hop,
                                                std::string sender);
  // `choice` is for the next hop that `host` belongs to.
  net::Task<absl::StatusOr<std::optional<sasl::Login>>> ForHost(
      LoginChoice choice, routing::Host host) const;

  absl::Status Refresh();

  const SaslRules& rules() const { return rules_; }
  LoginMemory& memory() { return memory_; }

 private:
  explicit Logins(absl::Duration memory_time) : memory_(memory_time) {}

  net::Task<absl::StatusOr<std::optional<sasl::Login>>> Find(
      std::vector<std::string> keys) const;

  std::vector<std::string> specs_;
  routing::TableList tables_;
  bool by_sender_ = false;
  uint16_t default_port_ = 25;
  SaslRules rules_;
  LoginMemory memory_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_LOGINS_H_
