#include "lib/redis/exchange.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "lib/base/status_macros.h"
#include "lib/redis/reply_reader.h"

namespace postern::redis {
namespace {

constexpr size_t kReadBytes = 4096;

}  // namespace

net::Task<absl::StatusOr<std::vector<Reply>>> Exchange(net::Stream& stream,
                                                       std::string request,
                                                       size_t count,
                                                       net::Deadline deadline) {
  CO_RETURN_IF_ERROR(co_await stream.Write(request, deadline));
  ReplyReader reader;
  std::vector<Reply> replies;
  std::string buffer(kReadBytes, '\0');
  while (replies.size() < count) {
    CO_ASSIGN_OR_RETURN(const size_t n,
                        co_await stream.Read(absl::MakeSpan(buffer), deadline));
    if (n == 0) co_return absl::UnavailableError("redis: closed by the server");
    CO_RETURN_IF_ERROR(reader.Feed({buffer.data(), n}));
    for (;;) {
      CO_ASSIGN_OR_RETURN(std::optional<Reply> reply, reader.Next());
      if (!reply) break;
      replies.push_back(*std::move(reply));
    }
  }
  if (replies.size() > count || reader.has_rest()) {
    co_return absl::DataLossError("redis: more replies than questions");
  }
  co_return replies;
}

}  // namespace postern::redis
