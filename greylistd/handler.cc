#include "greylistd/handler.h"

#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "lib/config/config.h"

namespace postern::greylistd {
namespace {

using policy::Attribute;
using policy::Verdict;

// Returns what the request is about; nullopt when something is missing.
std::optional<Subject> SubjectOf(const policy::Request& request) {
  for (const Attribute needed :
       {Attribute::kClientAddress, Attribute::kClientName, Attribute::kSender,
        Attribute::kRecipient}) {
    if (!request.Has(needed)) return std::nullopt;
  }
  Subject subject;
  const absl::StatusOr<net::IpAddress> client =
      net::IpAddress::Parse(request.Get(Attribute::kClientAddress));
  if (!client.ok()) return std::nullopt;
  subject.client = *client;
  subject.client_name = request.Get(Attribute::kClientName);
  subject.sender = request.Get(Attribute::kSender);
  subject.recipient = request.Get(Attribute::kRecipient);
  // Before RCPT there is nobody to be asked about.
  if (subject.recipient.empty()) return std::nullopt;
  subject.is_authenticated = !request.Get(Attribute::kSaslUsername).empty();
  return subject;
}

}  // namespace

Handler::Handler(const config::v1::Greylistd& config, Rules rules, Parts parts)
    : parts_(parts),
      meters_(parts.metrics),
      log_(config.max_log_lines_per_second()) {
  Replace(config, std::move(rules));
}

void Handler::Replace(const config::v1::Greylistd& config, Rules rules) {
  Dnswl dnswl(rules.dns_lists(),
              config::FromProto(config.dns_allowlist_timeout()),
              parts_.resolver);
  auto state = std::make_shared<const State>(State{
      .rules = std::move(rules),
      .dnswl = std::move(dnswl),
      .defers_on_failure = config.on_store_failure() ==
                           config::v1::Greylistd::ON_STORE_FAILURE_DEFER});
  log_.set_limit(config.max_log_lines_per_second());
  absl::MutexLock lock(&mutex_);
  state_ = std::move(state);
}

std::shared_ptr<const Handler::State> Handler::state() const {
  absl::MutexLock lock(&mutex_);
  return state_;
}

std::shared_ptr<const Rules> Handler::rules() const {
  std::shared_ptr<const State> current = state();
  return std::shared_ptr<const Rules>(current, &current->rules);
}

net::Task<absl::StatusOr<Verdict>> Handler::Check(
    const policy::Request& request, net::Deadline deadline) {
  const std::shared_ptr<const State> current = state();
  const Rules& rules = current->rules;
  const std::optional<Subject> subject = SubjectOf(request);
  if (!subject) co_return Pass(request, Reason::kIncomplete);
  const Skip skip = rules.ReasonToSkip(*subject);
  if (skip != Skip::kNone) co_return Pass(request, ReasonOf(skip));
  if (current->dnswl.is_in_use()) {
    const bool is_listed =
        co_await IsOnDnsList(*current, subject->client, deadline);
    if (is_listed) co_return Pass(request, Reason::kDnsAllowlist);
  }
  const Names names = rules.NamesOf(*subject);
  const Terms terms = rules.TermsFor(subject->recipient);
  const absl::StatusOr<Outcome> outcome =
      co_await parts_.sightings.See(names, terms, deadline);
  if (!outcome.ok()) co_return AnswerFailure(*current, request);
  co_return Answer(*current, request, *outcome);
}

net::Task<bool> Handler::IsOnDnsList(const State& state, net::IpAddress client,
                                     net::Deadline deadline) {
  const Dnswl::Answer answer = co_await state.dnswl.Ask(client, deadline);
  if (answer == Dnswl::Answer::kUnknown) meters_.CountDnsFailure();
  co_return answer == Dnswl::Answer::kYes;
}

Verdict Handler::Answer(const State& state, const policy::Request& request,
                        const Outcome& outcome) {
  const Reason reason = ReasonOf(outcome.kind);
  const absl::Time now = parts_.clock.Now();
  const bool waits = !outcome.passes();
  meters_.Count(reason);
  if (outcome.client_became_allowed) meters_.CountAllowedClient();
  log_.Write(request, reason, outcome.seconds, waits, absl::ToUnixSeconds(now));
  if (waits) {
    if (state.rules.is_monitor()) return {};
    return state.rules.WaitVerdict(request.Get(Attribute::kRecipient),
                                   outcome.seconds,
                                   request.Has(Attribute::kEtrnDomain));
  }
  if (outcome.kind != Outcome::Kind::kFirstPass) return {};
  meters_.ObserveWait(outcome.seconds);
  // Mail that did not wait has nothing to tell.
  if (outcome.seconds == 0 ||
      !instances_.IsNew(request.Get(Attribute::kInstance))) {
    return {};
  }
  return state.rules.HeaderVerdict(outcome.seconds, now);
}

Verdict Handler::AnswerFailure(const State& state,
                               const policy::Request& request) {
  meters_.Count(Reason::kStoreFailure);
  const bool waits = state.defers_on_failure;
  const Terms terms = state.rules.TermsFor(request.Get(Attribute::kRecipient));
  const int64_t seconds = waits ? absl::ToInt64Seconds(terms.delay) : 0;
  log_.Write(request, Reason::kStoreFailure, seconds, waits,
             absl::ToUnixSeconds(parts_.clock.Now()));
  if (!waits || state.rules.is_monitor()) return {};
  return state.rules.WaitVerdict(request.Get(Attribute::kRecipient), seconds,
                                 request.Has(Attribute::kEtrnDomain));
}

Verdict Handler::Pass(const policy::Request& request, Reason reason) {
  meters_.Count(reason);
  log_.Write(request, reason, 0, /*waits=*/false,
             absl::ToUnixSeconds(parts_.clock.Now()));
  return {};
}

}  // namespace postern::greylistd
