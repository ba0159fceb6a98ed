#include "mta/routing/sts_finder.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/base/log.h"
#include "lib/dns/name.h"
#include "lib/net/deadline.h"

namespace postern::mta::routing {
namespace {

constexpr absl::Duration kDnsTimeout = absl::Seconds(5);
// How soon a record is looked at again, by its TTL and within these.
constexpr absl::Duration kSoonest = absl::Minutes(1);
constexpr absl::Duration kLatest = absl::Hours(1);
constexpr absl::Duration kAfterFailure = absl::Minutes(5);
// How long the word that there is no policy counts beyond that, while it is
// looked at again.
constexpr absl::Duration kStale = absl::Minutes(5);
// A policy is fetched anew when it is half through its time, or this old.
constexpr absl::Duration kOld = absl::Hours(24);

std::shared_ptr<const StsFound> None() {
  static const auto* const none =
      new std::shared_ptr<const StsFound>(std::make_shared<StsFound>());
  return *none;
}

std::shared_ptr<const StsFound> Failure(TlsFailure failure,
                                        std::string detail) {
  return std::make_shared<const StsFound>(
      StsFound{.failure = failure, .detail = std::move(detail)});
}

metrics::Counter& Fetches(metrics::Registry& registry, const char* result) {
  return registry.AddCounter(
      "postern_mta_smtp_sts_fetches_total",
      "MTA-STS policies that were asked for at web servers.",
      {{"result", result}});
}

}  // namespace

struct StsFinder::Meters {
  explicit Meters(metrics::Registry& registry)
      : ok(Fetches(registry, "ok")),
        failed(Fetches(registry, "failed")),
        invalid(Fetches(registry, "invalid")),
        webpki(Fetches(registry, "webpki")) {}

  void Count(const StsFetched& fetched) const {
    if (fetched.policy) {
      ok.Increment();
    } else if (fetched.failure == TlsFailure::kStsPolicyInvalid) {
      invalid.Increment();
    } else if (fetched.failure == TlsFailure::kStsWebpkiInvalid) {
      webpki.Increment();
    } else {
      failed.Increment();
    }
  }

  metrics::Counter& ok;
  metrics::Counter& failed;
  metrics::Counter& invalid;
  metrics::Counter& webpki;
};

StsFinder::StsFinder(Parts parts)
    : parts_(std::move(parts)),
      meters_(std::make_unique<Meters>(parts_.metrics)) {}

StsFinder::~StsFinder() = default;

net::Task<std::shared_ptr<const StsFound>> StsFinder::For(std::string domain) {
  // RFC 8461 section 3.1: an address has no policy.
  if (!dns::IsHostName(domain)) co_return None();
  const std::optional<Known> known = Recall(domain);
  if (known) {
    if (parts_.clock.Now() >= known->due) Join(domain, nullptr);
    co_return known->found;
  }
  const auto done = std::make_shared<net::Event>();
  const std::shared_ptr<LookUp> look_up = Join(domain, done);
  if (look_up == nullptr) {
    co_return Failure(TlsFailure::kStsPolicyFetchError,
                      "too many policies are being looked up");
  }
  // Each step of a look-up has its own, shorter, deadline.
  bool is_over = false;
  while (!is_over) {
    is_over = co_await done->Wait(net::Deadline::After(absl::Hours(1)));
  }
  co_return look_up->found;
}

std::shared_ptr<StsFinder::LookUp> StsFinder::Join(
    const std::string& domain, std::shared_ptr<net::Event> done) {
  std::shared_ptr<LookUp> look_up;
  bool is_new = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = pending_.find(domain);
    is_new = found == pending_.end();
    if (is_new && pending_.size() >= kMaxLookUps) return nullptr;
    look_up = is_new ? std::make_shared<LookUp>() : found->second;
    if (is_new) pending_.emplace(domain, look_up);
    if (done != nullptr) look_up->waiters.push_back(std::move(done));
  }
  if (is_new) net::Spawn(parts_.drain, Run(domain, look_up));
  return look_up;
}

net::Task<> StsFinder::Run(std::string domain,
                           std::shared_ptr<LookUp> look_up) {
  const Known known = co_await Find(domain);
  look_up->found = known.found;
  Remember(domain, known);
  std::vector<std::shared_ptr<net::Event>> waiters;
  {
    absl::MutexLock lock(&mutex_);
    pending_.erase(domain);
    waiters = std::move(look_up->waiters);
  }
  for (const std::shared_ptr<net::Event>& waiter : waiters) waiter->Set();
}

std::optional<StsFinder::Known> StsFinder::Recall(
    const std::string& domain) const {
  absl::MutexLock lock(&mutex_);
  const auto found = known_.find(domain);
  if (found == known_.end() || found->second.expires <= parts_.clock.Now()) {
    return std::nullopt;
  }
  return found->second;
}

void StsFinder::Remember(const std::string& domain, const Known& known) {
  const absl::Time now = parts_.clock.Now();
  absl::MutexLock lock(&mutex_);
  if (known_.size() >= kMaxDomains || known_bytes_ >= kMaxPolicyBytes) {
    absl::erase_if(known_, [this, now](const auto& entry) {
      const bool is_over = entry.second.expires <= now;
      if (is_over) known_bytes_ -= entry.second.bytes;
      return is_over;
    });
  }
  if (known_.size() >= kMaxDomains || known_bytes_ >= kMaxPolicyBytes) {
    known_.clear();
    known_bytes_ = 0;
  }
  Known& place = known_[domain];
  known_bytes_ += known.bytes - place.bytes;
  place = known;
}

net::Task<std::optional<StsFinder::Known>> StsFinder::RecallStored(
    std::string domain) const {
  std::optional<Known> known = Recall(domain);
  if ((known && known->has_policy()) || parts_.store == nullptr) {
    co_return known;
  }
  const std::optional<StoredSts> stored = co_await parts_.store->Get(domain);
  const absl::Time now = parts_.clock.Now();
  if (!stored || stored->id.empty() || stored->expires() <= now ||
      stored->fetched > now + absl::Hours(1)) {
    co_return known;
  }
  StsFound found = {.policy = stored->policy};
  co_return Known{.found = std::make_shared<const StsFound>(std::move(found)),
                  .id = stored->id,
                  .fetched = stored->fetched,
                  .expires = stored->expires(),
                  .due = now,
                  .bytes = stored->file.size()};
}

// What is known stays if it is a policy; the word that there is none counts
// until it is looked at again, and a little longer.
net::Task<StsFinder::Known> StsFinder::Find(std::string domain) const {
  std::optional<Known> before = co_await RecallStored(domain);
  if (before && !before->has_policy()) before.reset();
  const std::string name = absl::StrCat("_mta-sts.", domain);
  const net::Deadline deadline = net::Deadline::After(kDnsTimeout);
  const absl::StatusOr<dns::Answer> answer =
      co_await parts_.resolver.Resolve(name, dns::Type::kTxt, deadline);
  const absl::Time now = parts_.clock.Now();
  const std::optional<std::string> id =
      answer.ok() ? StsIdOf(*answer) : std::nullopt;
  const absl::Duration pause =
      answer.ok() ? std::clamp(answer->ttl, kSoonest, kLatest) : kSoonest;
  if (!id.has_value()) {
    Known known = before.value_or(
        Known{.found = None(), .expires = now + pause + kStale});
    known.due = now + pause;
    co_return known;
  }
  if (before && before->id == *id) {
    const absl::Duration age = now - before->fetched;
    const absl::Duration life = before->expires - before->fetched;
    before->due = now + pause;
    if (age < std::min(life / 2, kOld)) co_return *before;
  }
  Known known = co_await Fetch(std::move(domain), *id, std::move(before));
  if (known.due == absl::InfinitePast()) known.due = now + pause;
  co_return known;
}

net::Task<StsFinder::Known> StsFinder::Fetch(
    std::string domain, std::string id, std::optional<Known> before) const {
  const net::Deadline deadline = net::Deadline::After(parts_.fetch_timeout);
  StsFetched fetched = co_await FetchSts(parts_.get, domain, deadline);
  meters_->Count(fetched);
  const absl::Time now = parts_.clock.Now();
  if (!fetched.policy) {
    log::Warning("mta_sts_failed", {{"domain", domain},
                                    {"failure", NameOf(fetched.failure)},
                                    {"why", fetched.detail},
                                    {"keeps", before ? "the old" : "none"}});
    Known known = before.value_or(
        Known{.found = Failure(fetched.failure, std::move(fetched.detail)),
              .expires = now + kAfterFailure + kStale});
    known.due = now + kAfterFailure;
    co_return known;
  }
  StoredSts stored = {.id = std::move(id),
                      .fetched = now,
                      .file = std::move(fetched.file),
                      .policy = *std::move(fetched.policy)};
  StsFound found = {.policy = stored.policy};
  const Known known = {
      .found = std::make_shared<const StsFound>(std::move(found)),
      .id = stored.id,
      .fetched = now,
      .expires = std::max(stored.expires(), now + kSoonest),
      .due = absl::InfinitePast(),
      .bytes = stored.file.size()};
  log::Info("mta_sts_policy",
            {{"domain", domain},
             {"id", stored.id},
             {"policy", absl::StrJoin(stored.policy.ToLines(), ", ")}});
  if (parts_.store != nullptr && stored.policy.max_age > absl::ZeroDuration()) {
    co_await parts_.store->Put(std::move(domain), std::move(stored));
  }
  co_return known;
}

}  // namespace postern::mta::routing
