// How posternctl reaches a running program: gRPC over its admin socket.
//
//   std::shared_ptr<grpc::Channel> channel = Connect("mta", invocation.server);
//   const auto stub = admin::v1::Queue::NewStub(channel);
//   Call call;                                  // has the deadline
//   RETURN_IF_ERROR(FromGrpc(stub->List(call.context(), request, &response)));
//
// Errors:  Unavailable: the program does not run or may not be reached; the
// text
//          names the socket.

#ifndef POSTERN_CTL_CHANNEL_H_
#define POSTERN_CTL_CHANNEL_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/status.h"

namespace postern::ctl {

// Returns a channel to `server`, or to the socket of `program`
// (/run/postern/<program>.sock) if that is empty. Does not connect yet.
std::shared_ptr<grpc::Channel> Connect(const std::string& program,
                                       const std::string& server);

// One call: it ends after 30 seconds.
class Call {
 public:
  Call();
  grpc::ClientContext* context() { return &context_; }

 private:
  grpc::ClientContext context_;
};

absl::Status FromGrpc(const grpc::Status& status);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_CHANNEL_H_
