#include "lib/redis/sentinel.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/net/deadline.h"
#include "lib/net/stream.h"
#include "lib/redis/command.h"
#include "lib/redis/error_reply.h"
#include "lib/redis/exchange.h"

namespace postern::redis {
namespace {

constexpr size_t kMaxHostBytes = 255;

// Says that it was a sentinel, and once which.
absl::Status At(const net::Endpoint& sentinel, const absl::Status& status) {
  const std::string place = sentinel.ToString();
  const std::string text(status.message());
  return absl::UnavailableError(
      absl::StartsWith(text, place)
          ? absl::StrCat("sentinel ", text)
          : absl::StrCat("sentinel ", place, ": ", text));
}

}  // namespace

absl::StatusOr<net::Endpoint> MasterFromReply(const Reply& reply) {
  if (reply.is_error()) return StatusOfError(reply.error());
  if (reply.is_nil()) {
    return absl::UnavailableError("redis: no master of that name");
  }
  ASSIGN_OR_RETURN(const absl::Span<const Reply> parts, reply.Array(2, 2));
  ASSIGN_OR_RETURN(const absl::string_view host,
                   parts[0].String(kMaxHostBytes));
  ASSIGN_OR_RETURN(const int64_t port, parts[1].Integer(1, 65535));
  if (host.empty()) return absl::DataLossError("redis: a master without host");
  net::Endpoint master;
  master.host = std::string(host);
  master.port = static_cast<uint16_t>(port);
  return master;
}

SentinelMaster::SentinelMaster(Options options) : options_(std::move(options)) {
  assert(!options_.sentinels.empty());
}

const net::Endpoint* SentinelMaster::NodeOf(uint16_t) const {
  return master_ ? &*master_ : nullptr;
}

std::vector<net::Endpoint> SentinelMaster::Nodes() const {
  return master_ ? std::vector<net::Endpoint>{*master_}
                 : std::vector<net::Endpoint>();
}

net::Task<absl::Status> SentinelMaster::Learn() {
  absl::Status failure;
  for (size_t i = 0; i < options_.sentinels.size(); ++i) {
    failure = co_await LearnFrom(options_.sentinels[i]);
    if (!failure.ok()) continue;
    // The next question goes to the one that knew.
    std::swap(options_.sentinels[0], options_.sentinels[i]);
    co_return absl::OkStatus();
  }
  co_return failure;
}

net::Task<absl::Status> SentinelMaster::LearnFrom(net::Endpoint sentinel) {
  absl::StatusOr<net::Endpoint> master = co_await Ask(sentinel);
  if (!master.ok()) {
    co_return At(sentinel, master.status());
  }
  // Logging in asks for the role.
  const absl::StatusOr<net::Stream> stream =
      co_await options_.server_dialer.Dial(*master);
  CO_RETURN_IF_ERROR(stream.status());
  master_ = *std::move(master);
  co_return absl::OkStatus();
}

net::Task<absl::StatusOr<net::Endpoint>> SentinelMaster::Ask(
    net::Endpoint sentinel) const {
  CO_ASSIGN_OR_RETURN(net::Stream stream,
                      co_await options_.sentinel_dialer.Dial(sentinel));
  std::string question = FormatCommand(
      {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", options_.master_name});
  const net::Deadline deadline = net::Deadline::After(options_.timeout);
  CO_ASSIGN_OR_RETURN(
      const std::vector<Reply> replies,
      co_await Exchange(stream, std::move(question), 1, deadline));
  co_return MasterFromReply(replies.front());
}

bool SentinelMaster::Lose(const net::Endpoint& node) {
  // News of a former master is no news.
  if (master_ && *master_ != node) return false;
  master_.reset();
  return true;
}

}  // namespace postern::redis
