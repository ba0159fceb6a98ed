// What happens on one connection to a peer: the part of Handoff that gives
// messages.

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"
#include "lib/base/log.h"
#include "lib/net/runtime.h"
#include "mta/outbound/handoff.h"
#include "mta/queue/handed_over.h"

namespace postern::mta::outbound {
namespace {

using Kind = HandoffResult::Kind;

// While there is nothing to give.
constexpr absl::Duration kPause = absl::Milliseconds(50);
constexpr int kTries = 3;
constexpr int kRefusals = 5;
constexpr absl::Duration kTryAgain = absl::Milliseconds(300);
constexpr absl::Duration kStep = absl::Seconds(10);
// What a peer may need at the very end.
constexpr absl::Duration kLeastStep = absl::Milliseconds(100);

void NoteImpossible(const HandoffBacklog::Leaving& leaving,
                    const std::string& why) {
  log::Warning("handoff_impossible",
               {{"queue_id", leaving.id().ToString()}, {"why", why}});
}

}  // namespace

bool Handoff::IsOver(const Line& line) {
  return line.failures >= kTries || line.refusals >= kRefusals;
}

net::Task<> Handoff::Work(size_t peer) {
  Line line{.peer = peer, .session = nullptr};
  while (!stops_ && !IsOver(line)) {
    std::optional<Leaving> leaving = backlog_->Take(peer);
    if (leaving) {
      co_await Give(*std::move(leaving), line);
    } else {
      co_await net::Sleep(kPause);
    }
  }
  if (line.session) co_await line.session->Quit();
  --peers_[peer]->workers;
}

net::Task<> Handoff::Give(Leaving leaving, Line& line) {
  while (!stops_ && !deadline_->has_passed() && !IsOver(line)) {
    if (line.failures > 0) co_await net::Sleep(kTryAgain);
    const bool is_open = co_await EnsureSession(line);
    if (!is_open) continue;
    if (IsBoundHere(leaving, line)) {
      co_await backlog_->Keep(std::move(leaving));
      co_return;
    }
    const spool::v1::Envelope envelope =
        queue::HandedOver(options_.own_spool, leaving.id(), *leaving.envelope);
    const absl::Duration limit = std::max(deadline_->Left(), kLeastStep);
    const HandoffResult result =
        co_await line.session->Give(envelope, *leaving.content, limit);
    if (!line.session->is_usable()) line.session.reset();
    const bool is_settled = co_await Settle(leaving, line, result);
    if (is_settled) co_return;
  }
  co_await backlog_->PutBack(std::move(leaving), line.peer,
                             /*is_refused=*/false);
}

bool Handoff::IsBoundHere(const Leaving& leaving, const Line& line) const {
  std::string why;
  if (!leaving.envelope.ok()) {
    why = std::string(leaving.envelope.status().message());
  } else if (queue::IsForThisMachine(*leaving.envelope)) {
    why = "it is for a file or a command of this machine";
  } else if (leaving.envelope->requiretls() && !line.session->is_tls()) {
    why = "it may only go over TLS";
  }
  if (why.empty()) return false;
  NoteImpossible(leaving, why);
  return true;
}

net::Task<bool> Handoff::EnsureSession(Line& line) {
  if (line.session) co_return true;
  HandoffOptions options = options_;
  options.timeout = std::clamp(deadline_->Left(), kLeastStep, kStep);
  net::Endpoint endpoint = peers_[line.peer]->endpoint;
  absl::StatusOr<std::unique_ptr<HandoffSession>> session =
      co_await HandoffSession::Open(std::move(endpoint), std::move(options));
  if (session.ok()) {
    line.session = *std::move(session);
    co_return true;
  }
  NoteTrouble(line, std::string(session.status().message()));
  if (absl::IsAborted(session.status())) line.failures = kTries;
  co_return false;
}

net::Task<bool> Handoff::Settle(Leaving& leaving, Line& line,
                                const HandoffResult& result) {
  switch (result.kind) {
    case Kind::kAccepted:
      co_await NoteAccepted(std::move(leaving), line, result.text);
      co_return true;
    case Kind::kRefused:
      NoteRefused(leaving, line, result.text);
      co_await backlog_->PutBack(std::move(leaving), line.peer,
                                 /*is_refused=*/true);
      co_return true;
    case Kind::kDamaged:
      NoteImpossible(leaving, result.text);
      co_await backlog_->Keep(std::move(leaving));
      co_return true;
    case Kind::kLost:
    case Kind::kDoubtful:
      break;
  }
  (result.kind == Kind::kLost ? lost_ : doubtful_).Increment();
  NoteTrouble(line, result.text);
  co_return false;
}

net::Task<> Handoff::NoteAccepted(Leaving leaving, Line& line,
                                  const std::string& peer_queue_id) {
  log::Info("handed_off", {{"queue_id", leaving.id().ToString()},
                           {"peer", peers_[line.peer]->endpoint.ToString()},
                           {"peer_queue_id", peer_queue_id}});
  line.failures = 0;
  line.refusals = 0;
  handed_off_.Increment();
  ++count_;
  const absl::Status ended = co_await backlog_->End(std::move(leaving));
  // Nothing can be removed any more: what else is given would be there twice.
  if (!ended.ok()) line.failures = kTries;
}

void Handoff::NoteRefused(const Leaving& leaving, Line& line,
                          const std::string& why) {
  Peer& peer = *peers_[line.peer];
  refused_.Increment();
  ++line.refusals;
  log::Warning("handoff_refused_by_peer",
               {{"queue_id", leaving.id().ToString()},
                {"peer", peer.endpoint.ToString()},
                {"why", why}});
  absl::MutexLock lock(&peer.mutex);
  peer.trouble = why;
}

void Handoff::NoteTrouble(Line& line, const std::string& why) {
  ++line.failures;
  Peer& peer = *peers_[line.peer];
  log::Warning("handoff_interrupted",
               {{"peer", peer.endpoint.ToString()}, {"why", why}});
  absl::MutexLock lock(&peer.mutex);
  peer.trouble = why;
}

}  // namespace postern::mta::outbound
