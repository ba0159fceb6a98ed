#include "mta/outbound/handoff.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "mta/outbound/handoff_peers.h"
#include "mta/queue/handoff_secret.h"

namespace postern::mta::outbound {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(20);
constexpr absl::Duration kLookUp = absl::Seconds(5);

TlsLevel LevelOf(const config::v1::Handoff& config) {
  switch (config.tls_security_level()) {
    case config::v1::Handoff::TLS_NONE:
      return TlsLevel::kNone;
    case config::v1::Handoff::TLS_ENCRYPT:
      return TlsLevel::kEncrypt;
    default:
      return TlsLevel::kMay;
  }
}

metrics::Counter& Given(metrics::Registry& registry, const char* result) {
  return registry.AddCounter("postern_mta_handoff_given_total",
                             "Messages offered to other relays, by result.",
                             {{"result", result}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Handoff>> Handoff::Create(
    const config::v1::Mta& config, HandoffParts parts) {
  RETURN_IF_ERROR(queue::HandoffSecretFrom(config).status());
  std::unique_ptr<Handoff> handoff(new Handoff(config, parts));
  if (handoff->options_.tls_level != TlsLevel::kNone) {
    ASSIGN_OR_RETURN(handoff->tls_context_,
                     net::TlsContext::CreateClient({.verify_peer = false}));
    handoff->options_.tls_context = handoff->tls_context_.get();
  }
  return handoff;
}

Handoff::Handoff(const config::v1::Mta& config, HandoffParts parts)
    : config_(config.handoff()),
      myhostname_(config.myhostname()),
      parts_(parts),
      handed_off_(Given(parts.metrics, "handed_off")),
      refused_(Given(parts.metrics, "refused")),
      lost_(Given(parts.metrics, "lost")),
      doubtful_(Given(parts.metrics, "doubtful")),
      remaining_(parts.metrics.AddGauge(
          "postern_mta_handoff_remaining",
          "Messages that stay on the volume of a relay that stops.")) {
  options_.helo_name = config.myhostname();
  options_.own_spool = parts.spool.name();
  options_.tls_level = LevelOf(config_);
}

Handoff::~Handoff() = default;

void Handoff::Finish(absl::Duration left) {
  deadline_ = net::Deadline::After(left);
  parts_.runtime.BlockOn(Run());
  Report();
}

net::Task<> Handoff::Run() {
  parts_.scheduler.DeliverInDrain();
  co_await Engage();
  co_await Attend();
  parts_.scheduler.StopInDrain();
  stops_ = true;
  while (workers_.running() > 0) co_await net::Sleep(kTick);
}

net::Task<> Handoff::Engage() {
  if (config_.peers().empty()) {
    no_peers_ = "handoff.peers is empty";
    co_return;
  }
  config::v1::Mta config;
  *config.mutable_handoff() = config_;
  // Now, since it may have been changed.
  const absl::StatusOr<std::string> secret =
      co_await net::Blocking([&] { return queue::HandoffSecretFrom(config); });
  if (!secret.ok()) {
    no_peers_ = std::string(secret.status().message());
    co_return;
  }
  options_.secret = *secret;
  const net::Deadline patience =
      std::min(*deadline_, net::Deadline::After(kLookUp));
  std::vector<std::string> names(config_.peers().begin(),
                                 config_.peers().end());
  HandoffPeers found = co_await FindPeers(std::move(names), parts_.resolver,
                                          parts_.own, patience);
  no_peers_ = std::move(found.trouble);
  backlog_ = std::make_unique<HandoffBacklog>(parts_.scheduler,
                                              found.endpoints.size());
  backlog_->Spare(parts_.clock.Now() +
                  config::FromProto(config_.delivery_time()));
  for (net::Endpoint& endpoint : found.endpoints) {
    peers_.push_back(std::make_unique<Peer>());
    peers_.back()->endpoint = std::move(endpoint);
    peers_.back()->workers = static_cast<int>(config_.connections());
  }
  for (size_t i = 0; i < config_.connections(); ++i) {
    for (size_t peer = 0; peer < peers_.size(); ++peer) {
      net::Spawn(workers_, parts_.runtime.NextReactor(), Work(peer));
    }
  }
}

net::Task<> Handoff::Attend() {
  const net::Deadline delivers = std::min(
      *deadline_,
      net::Deadline::After(config::FromProto(config_.delivery_time())));
  bool is_delivering = true;
  bool was_quiet = false;
  while (!deadline_->has_passed()) {
    if (is_delivering) parts_.scheduler.DeliverInDrain();
    const bool is_quiet = parts_.drain.running() == 0;
    if (is_delivering && (is_quiet || delivers.has_passed())) {
      is_delivering = false;
      parts_.scheduler.StopInDrain();
      if (backlog_) backlog_->Spare(absl::InfinitePast());
    }
    if (is_quiet && !was_quiet && backlog_) backlog_->NoteChange();
    was_quiet = is_quiet;
    const std::vector<size_t> live = LivePeers();
    const bool is_done = live.empty() || backlog_->IsExhausted(live);
    if (!is_delivering && is_quiet && is_done) co_return;
    co_await net::Sleep(kTick);
  }
}

std::vector<size_t> Handoff::LivePeers() const {
  std::vector<size_t> live;
  for (size_t i = 0; i < peers_.size(); ++i) {
    if (peers_[i]->workers > 0) live.push_back(i);
  }
  return live;
}

std::string Handoff::Reasons() const {
  std::string reasons = no_peers_;
  for (const auto& peer : peers_) {
    absl::MutexLock lock(&peer->mutex);
    if (peer->trouble.empty()) continue;
    absl::StrAppend(&reasons, reasons.empty() ? "" : "; ", peer->trouble);
  }
  if (reasons.empty()) reasons = "the time was over";
  return reasons;
}

void Handoff::Report() const {
  const queue::Scheduler::Rest rest = parts_.scheduler.WhatIsLeft();
  remaining_.Set(static_cast<double>(rest.messages));
  const size_t kept = backlog_ ? backlog_->kept() : 0;
  if (!peers_.empty()) {
    log::Info("handoff_ended", {{"handed_off", count_.load()},
                                {"peers", peers_.size()},
                                {"remaining", rest.messages}});
  }
  if (rest.messages == 0) return;
  log::Warning("queue_remains", {{"messages", rest.messages},
                                 {"in_delivery", rest.in_delivery},
                                 {"held", rest.held},
                                 {"bound_here", kept},
                                 {"why", Reasons()}});
}

}  // namespace postern::mta::outbound
