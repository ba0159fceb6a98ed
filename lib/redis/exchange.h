// Asks on a connection that nobody else uses: sends a request and waits for its
// replies. For logging in and for asking who serves what; commands travel
// through connection.h.
//
// Errors:  those of net::Stream; DataLoss when the bytes are not replies.

#ifndef POSTERN_LIB_REDIS_EXCHANGE_H_
#define POSTERN_LIB_REDIS_EXCHANGE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/net/deadline.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "lib/redis/reply.h"

namespace postern::redis {

// Returns exactly `count` replies. `stream` must outlive the task.
net::Task<absl::StatusOr<std::vector<Reply>>> Exchange(net::Stream& stream,
                                                       std::string request,
                                                       size_t count,
                                                       net::Deadline deadline);

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_EXCHANGE_H_
