// Asks a policy service: the relay's side of the protocol.
//
// Connections are kept and used again; each reactor has its own, so there are
// no locks. A connection that turns out to have died while it was idle is
// replaced without the caller noticing. With several endpoints the questions go
// round; one that cannot be reached is left out for a while.
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
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/net/deadline.h"
#include "lib/net/endpoint.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"
#include "lib/policy/reply.h"

namespace postern::policy {

// The value of the attribute `request` in every question.
inline constexpr absl::string_view kAccessPolicy = "smtpd_access_policy";

class Client {
 public:
  struct Options {
    // At least one; hosts are addresses.
    std::vector<net::Endpoint> endpoints;
    // Idle connections kept for each endpoint on each reactor.
    size_t max_idle_connections = 16;
    // An idle connection is not used again after this time (Postfix:
    // smtpd_policy_service_max_idle) ...
    absl::Duration max_idle = absl::Minutes(5);
    // ... and none is when it is older than this
    // (smtpd_policy_service_max_ttl).
    absl::Duration max_age = absl::Seconds(1000);
    // How long an endpoint that could not be reached is left out, if there is
    // another.
    absl::Duration retry_after = absl::Seconds(5);
  };

  Client(net::Runtime& runtime, Options options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // Sends `request`, which must be whole and outlive the task, and returns the
  // answer.
  net::Task<absl::StatusOr<Verdict>> Ask(absl::string_view request,
                                         net::Deadline deadline);

 private:
  struct Connection;
  struct Pool;

  // Asks one endpoint, over an idle connection if there is one.
  net::Task<absl::StatusOr<Verdict>> AskEndpoint(Pool& pool, size_t endpoint,
                                                 absl::string_view request,
                                                 net::Deadline deadline,
                                                 net::Deadline connect_by);

  net::Runtime& runtime_;
  const Options options_;
  std::vector<std::shared_ptr<Pool>> pools_;  // One a reactor.
};

}  // namespace postern::policy

#endif  // POSTERN_LIB_POLICY_CLIENT_H_
