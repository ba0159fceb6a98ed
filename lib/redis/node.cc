#include "lib/redis/node.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/random.h"
#include "lib/redis/command.h"

namespace postern::redis {
namespace {

// How many operation timeouts a server may owe a reply before its connection
// is given up, and how long at least: closing and opening again costs more
// than waiting when a server is merely slow.
constexpr int kPatienceFactor = 4;
constexpr absl::Duration kLeastPatience = absl::Seconds(1);

std::chrono::steady_clock::time_point Now() {
  return std::chrono::steady_clock::now();
}

double Jitter() {
  return static_cast<double>(RandomBelow(1 << 20)) / (1 << 20);
}

}  // namespace

Node::Node(net::Endpoint endpoint, const Settings& settings,
           std::function<void()> on_broken)
    : endpoint_(std::move(endpoint)),
      settings_(settings),
      breaker_(settings.breaker) {
  const absl::Duration patience =
      std::max(kLeastPatience, kPatienceFactor * settings.operation_timeout);
  for (size_t i = 0; i < settings.connections; ++i) {
    connections_.push_back(std::make_shared<Connection>(Connection::Options{
        .endpoint = endpoint_,
        .dialer = settings.dialer,
        .drain = settings.drain,
        .meters = settings.meters,
        .patience = patience,
        .on_broken = [on_broken](const absl::Status&) { on_broken(); }}));
  }
}

net::Task<Answer> Node::Roundtrip(absl::string_view wire, int prelude,
                                  net::Deadline deadline) {
  if (!breaker_.is_closed()) {
    co_return Answer::Failed(
        Answer::Fate::kRefused,
        absl::UnavailableError(absl::StrCat("redis: left alone for a while: ",
                                            last_failure_.message())));
  }
  const auto began = Now();
  Connection& connection =
      *connections_[next_connection_++ % connections_.size()];
  ++under_way_;
  Answer answer = co_await connection.Roundtrip(wire, prelude, deadline);
  --under_way_;
  Judge(answer, absl::FromChrono(Now() - began));
  co_return answer;
}

void Node::Judge(const Answer& answer, absl::Duration waited) {
  switch (answer.fate) {
    case Answer::Fate::kReplied:
      if (answer.IsError(ErrorReply::Kind::kNotReady)) {
        return NoteFailure(StatusOfError(answer.reply.error()));
      }
      return NoteSuccess();
    case Answer::Fate::kRefused:
      return;  // Says nothing about the server.
    case Answer::Fate::kTimedOut:
    case Answer::Fate::kNotSent:
    case Answer::Fate::kLost:
      // Who had hardly any time left has not waited long enough to complain.
      if (absl::IsDeadlineExceeded(answer.status) &&
          waited < settings_.operation_timeout / 2) {
        return;
      }
      return NoteFailure(answer.status);
  }
}

void Node::NoteSuccess() {
  breaker_.Succeeded();
  if (is_reported_ && breaker_.is_closed()) {
    is_reported_ = false;
    settings_.health.Recovered(endpoint_.ToString());
  }
}

void Node::NoteFailure(const absl::Status& why) {
  if (is_closed_) return;
  last_failure_ = why;
  const bool was_closed = breaker_.is_closed();
  breaker_.Failed(Now(), Jitter());
  if (!was_closed || breaker_.is_closed()) return;
  settings_.meters.CountBreakerOpened();
  if (!is_reported_) {
    is_reported_ = true;
    settings_.health.Failed(endpoint_.ToString(), why);
    net::Spawn(settings_.drain, Probe(shared_from_this()));
  }
}

net::Task<> Node::Probe(std::shared_ptr<Node> self) {
  while (!self->is_closed_ && !self->breaker_.is_closed()) {
    const absl::Duration pause =
        absl::FromChrono(self->breaker_.trial_time() - Now());
    const net::Deadline trial_time =
        net::Deadline::After(std::max(absl::ZeroDuration(), pause));
    co_await self->closed_.Wait(trial_time);
    if (self->is_closed_) break;
    if (self->breaker_.BeginTrial(Now())) co_await self->TryOnce();
  }
}

net::Task<> Node::TryOnce() {
  const std::string ping = FormatCommand({"PING"});
  const net::Deadline deadline =
      net::Deadline::After(settings_.operation_timeout);
  const Answer answer =
      co_await connections_.front()->Roundtrip(ping, 0, deadline);
  Judge(answer, settings_.operation_timeout);
}

void Node::Close() {
  is_closed_ = true;
  closed_.Set();
  for (const auto& connection : connections_) connection->Close();
  if (is_reported_) settings_.health.Withdrawn(endpoint_.ToString());
  is_reported_ = false;
}

}  // namespace postern::redis
