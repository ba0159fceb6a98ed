#include "lib/redis/dialer.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/dns/host.h"
#include "lib/net/deadline.h"
#include "lib/net/runtime.h"
#include "lib/redis/exchange.h"
#include "lib/redis/password_file.h"

namespace postern::redis {
namespace {

// Returns `status` with the endpoint before it, once, and with one of the two
// codes that mean "try again later".
absl::Status At(const net::Endpoint& endpoint, const absl::Status& status) {
  const std::string place = endpoint.ToString();
  const std::string text(status.message());
  const absl::StatusCode code = absl::IsDeadlineExceeded(status)
                                    ? absl::StatusCode::kDeadlineExceeded
                                    : absl::StatusCode::kUnavailable;
  return absl::Status(code, absl::StartsWith(text, place)
                                ? text
                                : absl::StrCat(place, ": ", text));
}

}  // namespace

Dialer::Dialer(Options options) : options_(std::move(options)) {}

net::Task<absl::StatusOr<net::Stream>> Dialer::Dial(
    net::Endpoint endpoint) const {
  const net::Deadline deadline = net::Deadline::After(options_.timeout);
  absl::StatusOr<net::Stream> stream = co_await TryToDial(endpoint, deadline);
  if (!stream.ok()) co_return At(endpoint, stream.status());
  co_return std::move(stream);
}

net::Task<absl::StatusOr<net::Stream>> Dialer::TryToDial(
    net::Endpoint endpoint, net::Deadline deadline) const {
  CO_ASSIGN_OR_RETURN(net::Stream stream, co_await Connect(endpoint, deadline));
  if (options_.tls != nullptr) {
    const std::string name = options_.tls_server_name.empty()
                                 ? endpoint.host
                                 : options_.tls_server_name;
    CO_RETURN_IF_ERROR(
        co_await stream.StartTlsClient(*options_.tls, name, deadline));
  }
  CO_RETURN_IF_ERROR(co_await LogIn(stream, deadline));
  co_return std::move(stream);
}

net::Task<absl::StatusOr<net::Stream>> Dialer::Connect(
    net::Endpoint endpoint, net::Deadline deadline) const {
  std::vector<net::Endpoint> places = {endpoint};
  if (options_.resolver != nullptr) {
    CO_ASSIGN_OR_RETURN(places, co_await dns::ResolveEndpoints(
                                    *options_.resolver, endpoint, deadline));
  }
  absl::Status failure;
  for (size_t i = 0; i < places.size(); ++i) {
    const absl::Duration share =
        deadline.Left() / static_cast<int64_t>(places.size() - i);
    absl::StatusOr<net::Stream> stream =
        co_await net::Connect(places[i], net::Deadline::After(share));
    if (stream.ok()) co_return std::move(stream);
    failure = stream.status();
  }
  co_return failure;
}

net::Task<absl::Status> Dialer::LogIn(net::Stream& stream,
                                      net::Deadline deadline) const {
  std::string password;
  const std::string& file = options_.login.password_file;
  if (!file.empty()) {
    absl::StatusOr<std::string> read =
        co_await net::Blocking([&file] { return ReadPassword(file); });
    CO_RETURN_IF_ERROR(read.status());
    password = *std::move(read);
  }
  size_t count = 0;
  std::string request = LoginRequest(options_.login, password, count);
  CO_ASSIGN_OR_RETURN(
      const std::vector<Reply> replies,
      co_await Exchange(stream, std::move(request), count, deadline));
  co_return CheckLogin(options_.login, replies);
}

}  // namespace postern::redis
