// Asks a policy service: the relay's side of the protocol.
//
// Connections are kept and used again; each reactor has its own, so there are
// no locks. A connection that turns out to have died while it was idle is
// replaced without the caller noticing. Of several endpoints one that fails is
// followed by the next within the one deadline, of which each gets an equal
// share; endpoint_roster.h says who is asked.
//
//   std::string question;
//   AppendAttribute(Attribute::kRequest, kAccessPolicy, question);
//   AppendAttribute(Attribute::kSender, sender, question);
//   EndRequest(question);
//   absl::StatusOr<Verdict> verdict = co_await client.Ask(question, deadline);
//
// What counts when there is no answer (smtpd_policy_service_default_action) is
// the caller's to say.
//
// Errors:  Unavailable (nobody answers, or the service closed the connection
//          instead of answering), DeadlineExceeded, InvalidArgument (the answer
//          is malformed, MTA-29). The text starts with the endpoint.
// Threads: Ask() from any reactor. Destroy it when no task uses it and before
//          the runtime.

#ifndef POSTERN_LIB_POLICY_CLIENT_H_
#define POSTERN_LIB_POLICY_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/net/deadline.h"
#include "lib/net/endpoint.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"
#include "lib/policy/endpoint_roster.h"
#include "lib/policy/reply.h"

namespace postern::policy {

// The value of the attribute `request` in every question.
inline constexpr absl::string_view kAccessPolicy = "smtpd_access_policy";

class Client {
 public:
  struct Options {
    EndpointRoster::Options roster;
    // Idle connections kept for each address on each reactor.
    size_t max_idle_connections = 16;
    // An idle connection is not used again after this time (Postfix:
    // smtpd_policy_service_max_idle) ...
    absl::Duration max_idle = absl::Minutes(5);
    // ... none is when it is older than this (smtpd_policy_service_max_ttl) ...
    absl::Duration max_age = absl::Seconds(1000);
    // ... or was asked so often (smtpd_policy_service_request_limit); 0: any
    // number of times.
    uint64_t request_limit = 0;
    // How many times all candidates are asked before giving up
    // (smtpd_policy_service_try_limit), and the wait before an address is asked
    // again (smtpd_policy_service_retry_delay).
    int try_limit = 2;
    absl::Duration retry_delay = absl::Seconds(1);
  };

  // `runtime` and `clock` must outlive it.
  Client(net::Runtime& runtime, Options options, const Clock& clock);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // Sends `request`, which must be whole and outlive the task, and returns the
  // answer.
  net::Task<absl::StatusOr<Verdict>> Ask(absl::string_view request,
                                         net::Deadline deadline);

  // The number of addresses whose last answer did not fail.
  size_t healthy() const { return roster_.healthy(); }

 private:
  struct Connection;
  struct Pool;

  // Asks the candidates in turn.
  net::Task<absl::StatusOr<Verdict>> AskOneOf(
      Pool& pool, const std::vector<net::Endpoint>& candidates,
      absl::string_view request, net::Deadline deadline);
  // Asks one address, over an idle connection if there is one.
  net::Task<absl::StatusOr<Verdict>> AskEndpoint(Pool& pool,
                                                 net::Endpoint where,
                                                 absl::string_view request,
                                                 net::Deadline deadline);
  void Keep(Pool& pool, const net::Endpoint& where, Connection connection);

  net::Runtime& runtime_;
  const Options options_;
  EndpointRoster roster_;
  std::vector<std::shared_ptr<Pool>> pools_;  // One a reactor.
};

}  // namespace postern::policy

#endif  // POSTERN_LIB_POLICY_CLIENT_H_
