// One request and what became of it, on its way between the task that waits for
// it and the thread that makes it.
//
// Threads: SetResult() once, from any thread; Result() by the task on whose
//          reactor the exchange was made.

#ifndef POSTERN_LIB_HTTPS_EXCHANGE_H_
#define POSTERN_LIB_HTTPS_EXCHANGE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/https/target.h"
#include "lib/net/deadline.h"
#include "lib/net/event.h"
#include "lib/net/ip.h"
#include "lib/net/task.h"

namespace postern::https {

struct Request {
  Target target;
  std::vector<net::IpAddress> addresses;  // Of the target's host.
  bool is_post = false;
  std::string content_type;  // Of what is posted.
  std::string body;
  size_t max_answer_bytes = 0;
  net::Deadline deadline;
};

struct Response {
  int status = 0;  // 200, 404, …
  std::string content_type;
  std::string body;
};

class Exchange {
 public:
  explicit Exchange(Request request) : request_(std::move(request)) {}

  const Request& request() const { return request_; }

  void SetResult(absl::StatusOr<Response> result) {
    result_ = std::move(result);
    is_done_.Set();
  }

  // Waits for the result, until the request's deadline. The exchange may go on
  // after that, so both sides hold a share of it.
  static net::Task<absl::StatusOr<Response>> Result(
      std::shared_ptr<Exchange> self) {
    const bool in_time = co_await self->is_done_.Wait(self->request_.deadline);
    if (!in_time) co_return absl::DeadlineExceededError("no answer in time");
    co_return std::move(self->result_);
  }

 private:
  const Request request_;
  absl::StatusOr<Response> result_ = absl::UnknownError("not asked");
  net::Event is_done_;
};

}  // namespace postern::https

#endif  // POSTERN_LIB_HTTPS_EXCHANGE_H_
