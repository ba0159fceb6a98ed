// A Status as gRPC has it.
//
// Threads: pure.

#ifndef POSTERN_MTA_ADMIN_GRPC_STATUS_H_
#define POSTERN_MTA_ADMIN_GRPC_STATUS_H_

#include <grpcpp/grpcpp.h>

#include <string>

#include "absl/status/status.h"

namespace postern::mta::admin {

// The codes have the same numbers.
inline grpc::Status FromStatus(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(status.message()));
}

}  // namespace postern::mta::admin

#endif  // POSTERN_MTA_ADMIN_GRPC_STATUS_H_
