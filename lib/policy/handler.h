// What a policy daemon is: one function from a request to a verdict.
//
// greylistd and spfd each implement it once; the policy delegation server
// (server.h) and the gRPC evaluation service both call it, so a daemon never
// knows which way a question reached it.

#ifndef POSTERN_LIB_POLICY_HANDLER_H_
#define POSTERN_LIB_POLICY_HANDLER_H_

#include "absl/status/statusor.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"
#include "lib/policy/reply.h"
#include "lib/policy/request.h"

namespace postern::policy {

class Handler {
 public:
  virtual ~Handler() = default;

  // Answers one question. `request` must outlive the returned task, which ends
  // by the deadline.
  //
  // A non-OK status means "could not decide", never "no": the server applies
  // the failure mode of its own configuration and counts it.
  //
  // Called on any reactor, many at a time.
  virtual net::Task<absl::StatusOr<Verdict>> Check(const Request& request,
                                                   net::Deadline deadline) = 0;
};

}  // namespace postern::policy

#endif  // POSTERN_LIB_POLICY_HANDLER_H_
