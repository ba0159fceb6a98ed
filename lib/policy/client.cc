#include "lib/policy/client.h"

#include <cassert>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/net/stream.h"

namespace postern::policy {

struct Client::Connection {
  net::Stream stream;
  net::Deadline oldest;      // Not used after this...
  net::Deadline idle_until;  // ...nor after this.
};

// What one reactor has: connections and what is known about the endpoints.
struct Client::Pool {
  struct Line {
    std::vector<Connection> idle;  // The one used last is at the end.
    net::Deadline shunned_until = net::Deadline::After(absl::ZeroDuration());
  };
  std::vector<Line> lines;  // One an endpoint.
  size_t next = 0;
};

namespace {

struct Exchange {
  absl::StatusOr<Verdict> verdict;
  bool may_be_reused = false;
};

// Sends the request and reads the answer.
net::Task<Exchange> Converse(net::Stream& stream, absl::string_view request,
                             net::Deadline deadline) {
  const absl::Status written = co_await stream.Write(request, deadline);
  if (!written.ok()) co_return Exchange{.verdict = written};
  std::string buffer(512, '\0');
  size_t filled = 0;
  while (true) {
    absl::StatusOr<size_t> bytes = co_await stream.Read(
        absl::MakeSpan(buffer.data() + filled, buffer.size() - filled),
        deadline);
    if (!bytes.ok()) co_return Exchange{.verdict = bytes.status()};
    if (*bytes == 0) {
      co_return Exchange{
          .verdict = absl::UnavailableError("closed without an answer")};
    }
    filled += *bytes;
    const size_t size = ReplySize(absl::string_view(buffer.data(), filled));
    if (size != 0) {
      // Bytes behind the answer belong to no question: out of step.
      co_return Exchange{
          .verdict = ParseReply(absl::string_view(buffer.data(), size)),
          .may_be_reused = size == filled};
    }
    if (filled >= kMaxReplyBytes) {
      co_return Exchange{.verdict =
                             absl::InvalidArgumentError("answer too long")};
    }
    if (filled == buffer.size()) buffer.resize(2 * buffer.size());
  }
}

absl::Status At(const net::Endpoint& endpoint, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat("policy service ", endpoint.ToString(), ": ",
                                   status.message()));
}

}  // namespace

Client::Client(net::Runtime& runtime, Options options)
    : runtime_(runtime), options_(std::move(options)) {
  assert(!options_.endpoints.empty());
  for (size_t i = 0; i < runtime.size(); ++i) {
    auto pool = std::make_shared<Pool>();
    pool->lines.resize(options_.endpoints.size());
    pools_.push_back(std::move(pool));
  }
}

Client::~Client() {
  // A stream dies on its own reactor.
  for (size_t i = 0; i < pools_.size(); ++i) {
    runtime_.reactor(i).Post([pool = pools_[i]] { pool->lines.clear(); });
  }
}

net::Task<absl::StatusOr<Verdict>> Client::Ask(absl::string_view request,
                                               net::Deadline deadline) {
  Pool& pool = *pools_[net::Reactor::Current().index()];
  const size_t count = options_.endpoints.size();
  const size_t first = pool.next++ % count;
  // The endpoints in turn, those that failed lately last.
  std::vector<size_t> order;
  for (const bool shunned : {false, true}) {
    for (size_t i = 0; i < count; ++i) {
      const size_t endpoint = (first + i) % count;
      if (pool.lines[endpoint].shunned_until.has_passed() != shunned) {
        order.push_back(endpoint);
      }
    }
  }
  absl::StatusOr<Verdict> verdict = absl::UnavailableError("not asked");
  for (size_t i = 0; i < count; ++i) {
    const net::Deadline connect_by =
        net::Deadline::After(deadline.Left() / static_cast<int>(count - i));
    verdict =
        co_await AskEndpoint(pool, order[i], request, deadline, connect_by);
    if (!absl::IsUnavailable(verdict.status())) break;
    pool.lines[order[i]].shunned_until =
        net::Deadline::After(options_.retry_after);
  }
  co_return verdict;
}

net::Task<absl::StatusOr<Verdict>> Client::AskEndpoint(
    Pool& pool, size_t endpoint, absl::string_view request,
    net::Deadline deadline, net::Deadline connect_by) {
  const net::Endpoint& where = options_.endpoints[endpoint];
  Pool::Line& line = pool.lines[endpoint];
  bool was_idle = true;
  while (true) {
    std::vector<Connection> taken;  // Holds one.
    if (!line.idle.empty() && was_idle) {
      taken.push_back(std::move(line.idle.back()));
      line.idle.pop_back();
      if (taken[0].oldest.has_passed() || taken[0].idle_until.has_passed()) {
        continue;
      }
    } else {
      was_idle = false;
      absl::StatusOr<net::Stream> stream =
          co_await net::Connect(where, connect_by);
      if (!stream.ok()) {
        co_return deadline.has_passed()
            ? At(where, absl::DeadlineExceededError("cannot connect in time"))
            : At(where, absl::UnavailableError(stream.status().message()));
      }
      taken.push_back({*std::move(stream),
                       net::Deadline::After(options_.max_age),
                       net::Deadline::After(options_.max_idle)});
    }
    Exchange exchange = co_await Converse(taken[0].stream, request, deadline);
    if (exchange.may_be_reused &&
        line.idle.size() < options_.max_idle_connections) {
      taken[0].idle_until = net::Deadline::After(options_.max_idle);
      line.idle.push_back(std::move(taken[0]));
    }
    if (exchange.verdict.ok()) co_return exchange.verdict;
    if (!was_idle || !absl::IsUnavailable(exchange.verdict.status())) {
      co_return At(where, exchange.verdict.status());
    }
    // The service went away while this connection was idle, and so it is with
    // the others.
    line.idle.clear();
    was_idle = false;
  }
}

}  // namespace postern::policy
