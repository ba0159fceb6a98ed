#include "mta/outbound/worker.h"

#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/net/deadline.h"
#include "lib/net/stream.h"
#include "mta/outbound/outcome.h"
#include "mta/outbound/pool_metrics.h"

namespace postern::mta::outbound {
namespace {

constexpr int kMaxConnectionsOfOneJob = 3;

bool IsDeferred(const queue::Outcome& outcome) {
  return outcome.kind == queue::Outcome::Kind::kDeferred;
}

}  // namespace

// Takes the next job while a content is being sent. Only when all connections
// are in use: otherwise another one would be quicker.
class Worker::NextInLine final : public Lookahead {
 public:
  NextInLine(Worker& worker, bool may_take)
      : worker_(worker), may_take_(may_take) {}

  const Parcel* Next() override {
    if (!may_take_ || !worker_.hand_.empty()) return nullptr;
    Job* job = worker_.pool_.lines_->TakeIfCrowded(worker_.line_);
    if (job == nullptr) return nullptr;
    worker_.hand_.push_back(job);
    return &job->parcel;
  }

 private:
  Worker& worker_;
  const bool may_take_;
};

net::Task<> Worker::Run() {
  const net::DrainWatch watch(pool_.drain_, [this] { idle_.wake.Set(); });
  while (true) {
    Job* job = co_await NextJob();
    if (job == nullptr) co_return;
    co_await Serve(*job);
  }
}

net::Task<Job*> Worker::NextJob() {
  if (!hand_.empty()) {
    Job* job = hand_.front();
    hand_.pop_front();
    co_return job;
  }
  if (session_ != nullptr) {
    Job* job = nullptr;
    if (!pool_.lines_->IsOverfull(line_)) job = co_await WaitForJob();
    if (job != nullptr) co_return job;
    co_await CloseSession();
    hosts_.clear();
  }
  const Lines::Ending ending =
      pool_.lines_->End(line_, std::exchange(may_yield_, false));
  if (ending.start != nullptr) pool_.Start(*ending.start);
  co_return ending.job;
}

net::Task<Job*> Worker::WaitForJob() {
  if (pool_.options_.idle_time <= absl::ZeroDuration()) {
    co_return pool_.lines_->Take(line_);
  }
  const net::Deadline deadline = net::Deadline::After(pool_.options_.idle_time);
  while (true) {
    if (Job* job = pool_.lines_->TakeOrWait(line_, idle_)) co_return job;
    bool is_woken = false;
    if (!pool_.drain_.has_begun())
      is_woken = co_await idle_.wake.Wait(deadline);
    if (!is_woken || pool_.drain_.has_begun()) {
      pool_.lines_->StopWaiting(line_, idle_);
      co_return nullptr;
    }
  }
}

net::Task<bool> Worker::Pace(Job& job) {
  const std::optional<absl::Duration> reserved =
      pool_.lines_->ReserveTime(line_, pool_.options_.wait_limit);
  if (!reserved) {
    job.SettleAll(TooManyWait());
    co_return false;
  }
  const absl::Duration wait = *reserved;
  if (wait <= absl::ZeroDuration()) co_return true;
  if (pool_.drain_.has_begun()) {  // It cannot wait for its turn here.
    job.SettleAll(TooManyWait());
    co_return false;
  }
  // A connection that waits longer than that may be gone afterwards.
  if (session_ != nullptr && wait > pool_.options_.idle_time) {
    co_await CloseSession();
    hosts_.clear();
  }
  const net::Deadline deadline = net::Deadline::After(wait);
  while (!deadline.has_passed() && !pool_.drain_.has_begun()) {
    idle_.wake.Reset();
    co_await idle_.wake.Wait(deadline);
  }
  co_return true;
}

net::Task<> Worker::Serve(Job& job) {
  next_hop_ = job.next_hop;
  const bool has_turn = co_await Pace(job);
  if (!has_turn) co_return;
  const bool is_connected = co_await EnsureSession(job);
  if (!is_connected) co_return;
  ++parcels_;
  (parcels_ > 1 ? pool_.metrics_->on_kept : pool_.metrics_->on_fresh)
      .Increment();
  const Lines::Reuse reuse = pool_.lines_->ReuseOf(line_);
  NextInLine lookahead(*this, parcels_ < reuse.limit && !reuse.is_paced);
  job.sent_since = std::chrono::steady_clock::now();
  Result result = co_await session_->Send(job.parcel, lookahead);
  ++job.connections;
  const bool again = result.may_retry_now && MayRetry(job);
  if (again) {
    pool_.metrics_->retried.Increment();
    hand_.push_front(&job);
  } else {
    job.Settle(std::move(result.outcomes));
  }
  const bool is_old = parcels_ >= reuse.limit && hand_.empty();
  // One that was kept may end before a message is begun: no sign of trouble.
  const bool is_stale = again && parcels_ > 1;
  if (!session_->is_usable()) {
    if (!is_stale) pool_.lines_->NoteBroken(line_);
  } else {
    if (pool_.lines_->NoteServed(line_)) pool_.Start(line_);
    if (!is_old) co_return;
  }
  co_await CloseSession();
  may_yield_ = is_old;
  // Only a fresh connection that broke off leads to the next host.
  if (!again || parcels_ > 1) hosts_.clear();
}

// A connection that was kept may have gone stale: a fresh one may do better. A
// fresh one that breaks off leaves the other hosts to try.
bool Worker::MayRetry(Job& job) const {
  return job.connections < kMaxConnectionsOfOneJob &&
         (parcels_ > 1 || next_host_ < hosts_.size());
}

// Settles `job` if there is no way to connect.
net::Task<bool> Worker::EnsureSession(Job& job) {
  if (session_ != nullptr) co_return true;
  choice_ = job.logins;
  std::optional<queue::Outcome> trouble;
  if (hosts_.empty()) trouble = co_await FindHosts();
  // Whether a host was found at all: what the DNS says of one domain is nothing
  // to the others.
  const bool was_found = !hosts_.empty();
  const bool is_shared = Lines::DestinationOf(line_).is_shared;
  while (next_host_ < hosts_.size()) {
    std::optional<queue::Outcome> refusal = co_await ConnectToNextHost();
    if (!refusal) {
      if (pool_.lines_->NoteReached(line_)) pool_.Start(line_);
      co_return true;
    }
    // What one host refuses for good does not count while another may take it.
    if (!trouble || IsDeferred(*refusal)) trouble = std::move(refusal);
  }
  hosts_.clear();
  next_host_ = 0;
  if (IsDeferred(*trouble) && (was_found || !is_shared)) {
    pool_.lines_->NoteUnreachable(line_, *trouble);
  }
  job.SettleAll(*trouble);
  co_return false;
}

net::Task<std::optional<queue::Outcome>> Worker::FindHosts() {
  std::optional<queue::Outcome> trouble = co_await FindPolicy();
  if (trouble) co_return trouble;
  routing::Candidates found = co_await pool_.finder_.Find(
      next_hop_, net::Deadline::After(pool_.options_.connect_timeout));
  hosts_ = std::move(found.hosts);
  pool_.family_order_.Arrange(hosts_);
  next_host_ = 0;
  if (!found.trouble) co_return std::nullopt;
  pool_.metrics_->unresolved.Increment();
  co_return OutcomeOf(*found.trouble, "", Cause::kDns);
}

net::Task<std::optional<queue::Outcome>> Worker::ConnectToNextHost() {
  const routing::Host host = hosts_[next_host_++];
  std::optional<queue::Outcome> refusal = co_await FindLogin(host);
  if (refusal) co_return refusal;
  const routing::HostTls tls = co_await TlsFor(host);
  if (!tls.refusal.empty()) {
    refusal = Deferred(Cause::kTls, "4.7.5",
                       absl::StrCat(host.ToString(), ": ", tls.refusal));
    ReportTls(host, tls, refusal);
    co_return refusal;
  }
  refusal = co_await Connect(host, tls.demand);
  if (session_ == nullptr) co_return refusal;
  ReportTls(host, tls, refusal);
  if (!refusal) co_return refusal;
  const bool has_failed_tls = session_->has_failed_tls();
  co_await CloseSession();
  if (has_failed_tls && tls.demand.level == TlsLevel::kMay &&
      MayGoInTheClear()) {
    const routing::TlsDemand none;
    refusal = co_await Connect(host, none);
    if (!refusal) CountTls(none);
    if (refusal && session_ != nullptr) co_await CloseSession();
  }
  co_return refusal;
}

net::Task<absl::StatusOr<net::Stream>> Worker::MakeConnection(
    routing::Host host) {
  const PoolOptions& options = pool_.options_;
  const bool has_other = HasOtherFamilyBehind(hosts_, next_host_ - 1);
  const net::Deadline deadline =
      net::Deadline::After(has_other ? std::min(options.connect_timeout,
                                                options.connect_fallback_time)
                                     : options.connect_timeout);
  absl::StatusOr<net::Stream> stream = co_await options.connector->Connect(
      host, Lines::DestinationOf(line_).name, deadline);
  if (!host.socket.empty()) co_return stream;
  if (stream.ok()) {
    pool_.family_order_.NoteReached(host.address);
  } else if (IsNoWay(stream.status())) {
    pool_.family_order_.NoteAway(host.address);
  }
  co_return stream;
}

net::Task<std::optional<queue::Outcome>> Worker::Connect(
    routing::Host host, routing::TlsDemand demand) {
  const std::string relay = host.ToString();
  absl::StatusOr<net::Stream> stream = co_await MakeConnection(host);
  if (!stream.ok()) {
    pool_.metrics_->unreachable.Increment();
    // The error begins with the address, which the relay's name has already.
    const net::Endpoint endpoint =
        host.socket.empty() ? net::Endpoint::Tcp(host.address, host.port)
                            : net::Endpoint{"", 0, host.socket};
    const absl::string_view why = absl::StripPrefix(
        stream.status().message(), absl::StrCat(endpoint.ToString(), ": "));
    co_return Deferred(Cause::kConnect, "4.4.1",
                       absl::StrCat("connect to ", relay, ": ", why));
  }
  SessionOptions options = OptionsFor(host, *stream, demand);
  session_ =
      std::make_unique<Session>(*std::move(stream), std::move(options), relay);
  parcels_ = 0;
  pool_.metrics_->open.Add(1);
  std::optional<queue::Outcome> refusal = co_await session_->Open();
  (refusal ? pool_.metrics_->refused : pool_.metrics_->opened).Increment();
  ReportLogin(host, refusal);
  co_return refusal;
}

net::Task<> Worker::CloseSession() {
  co_await session_->Quit();
  session_.reset();
  pool_.metrics_->open.Add(-1);
}

}  // namespace postern::mta::outbound
