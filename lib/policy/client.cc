#include "lib/policy/client.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <map>
#include <set>
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
  net::Deadline idle_until;  // ...nor after this...
  uint64_t questions = 0;    // ...nor after too many.
};

// The idle connections of one reactor; the one used last is at the end.
struct Client::Pool {
  std::map<net::Endpoint, std::vector<Connection>> idle;

  // Closes those to addresses that the service no longer has.
  void Prune(const std::vector<net::Endpoint>& all) {
    if (idle.size() <= all.size()) return;
    for (auto it = idle.begin(); it != idle.end();) {
      const bool is_left =
          std::find(all.begin(), all.end(), it->first) != all.end();
      it = is_left ? std::next(it) : idle.erase(it);
    }
  }
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

Client::Client(net::Runtime& runtime, Options options, const Clock& clock)
    : runtime_(runtime),
      options_(std::move(options)),
      roster_(options_.roster, clock) {
  assert(options_.try_limit > 0);
  for (size_t i = 0; i < runtime.size(); ++i) {
    pools_.push_back(std::make_shared<Pool>());
  }
}

Client::~Client() {
  // A stream dies on its own reactor.
  for (size_t i = 0; i < pools_.size(); ++i) {
    runtime_.reactor(i).Post([pool = pools_[i]] { pool->idle.clear(); });
  }
}

net::Task<absl::StatusOr<Verdict>> Client::Ask(absl::string_view request,
                                               net::Deadline deadline) {
  Pool& pool = *pools_[net::Reactor::Current().index()];
  absl::StatusOr<Verdict> verdict = absl::UnavailableError("not asked");
  std::set<net::Endpoint> asked;
  for (int tries = 0; tries < options_.try_limit; ++tries) {
    CO_ASSIGN_OR_RETURN(const EndpointRoster::Choice choice,
                        co_await roster_.Choose(deadline));
    pool.Prune(choice.all);
    const bool is_repetition =
        std::all_of(choice.candidates.begin(), choice.candidates.end(),
                    [&](const net::Endpoint& e) { return asked.contains(e); });
    if (is_repetition) {
      if (deadline.Left() <= options_.retry_delay) break;
      co_await net::Sleep(options_.retry_delay);
    }
    asked.insert(choice.candidates.begin(), choice.candidates.end());
    verdict = co_await AskOneOf(pool, choice.candidates, request, deadline);
    if (verdict.ok() || deadline.has_passed()) break;
  }
  co_return verdict;
}

net::Task<absl::StatusOr<Verdict>> Client::AskOneOf(
    Pool& pool, const std::vector<net::Endpoint>& candidates,
    absl::string_view request, net::Deadline deadline) {
  absl::StatusOr<Verdict> verdict = absl::UnavailableError("not asked");
  for (size_t i = 0; i < candidates.size(); ++i) {
    const net::Deadline share = net::Deadline::After(
        deadline.Left() / static_cast<int>(candidates.size() - i));
    verdict = co_await AskEndpoint(pool, candidates[i], request, share);
    if (verdict.ok()) {
      roster_.Answered(candidates[i]);
      break;
    }
    roster_.Failed(candidates[i]);
  }
  co_return verdict;
}

net::Task<absl::StatusOr<Verdict>> Client::AskEndpoint(
    Pool& pool, net::Endpoint where, absl::string_view request,
    net::Deadline deadline) {
  bool was_idle = true;
  while (true) {
    std::vector<Connection> taken;  // Holds one.
    std::vector<Connection>& idle = pool.idle[where];
    if (!idle.empty() && was_idle) {
      taken.push_back(std::move(idle.back()));
      idle.pop_back();
      if (taken[0].oldest.has_passed() || taken[0].idle_until.has_passed()) {
        continue;
      }
    } else {
      was_idle = false;
      absl::StatusOr<net::Stream> stream =
          co_await net::Connect(where, deadline);
      if (!stream.ok()) co_return At(where, stream.status());
      taken.push_back({*std::move(stream),
                       net::Deadline::After(options_.max_age),
                       net::Deadline::After(options_.max_idle)});
    }
    Exchange exchange = co_await Converse(taken[0].stream, request, deadline);
    if (exchange.may_be_reused) Keep(pool, where, std::move(taken[0]));
    if (exchange.verdict.ok()) co_return exchange.verdict;
    if (!was_idle || !absl::IsUnavailable(exchange.verdict.status())) {
      co_return At(where, exchange.verdict.status());
    }
    // The service went away while this connection was idle, and so it is with
    // the others.
    pool.idle[where].clear();
    was_idle = false;
  }
}

void Client::Keep(Pool& pool, const net::Endpoint& where,
                  Connection connection) {
  std::vector<Connection>& idle = pool.idle[where];
  ++connection.questions;
  if (options_.request_limit != 0 &&
      connection.questions >= options_.request_limit) {
    return;
  }
  if (idle.size() >= options_.max_idle_connections) return;
  connection.idle_until = net::Deadline::After(options_.max_idle);
  idle.push_back(std::move(connection));
}

}  // namespace postern::policy
