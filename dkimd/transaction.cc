#include "dkimd/transaction.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dkimd/assessment.h"
#include "lib/base/log.h"
#include "lib/dkim/reported_results.h"
#include "lib/mail/auth_results.h"

namespace postern::dkimd {
namespace {

constexpr char kSignature[] = "DKIM-Signature";
constexpr char kResultsField[] = "Authentication-Results";

std::string AuthservIdFor(const Settings& settings,
                          const milter::Envelope& envelope) {
  if (!settings.authserv_id.empty()) return settings.authserv_id;
  const absl::string_view server = envelope.macros.Get("j");
  return server.empty() ? MachineName() : std::string(server);
}

}  // namespace

Transaction::Transaction(const milter::Envelope& envelope, Origin origin,
                         std::shared_ptr<const Settings> settings, Tools& tools)
    : envelope_(envelope),
      origin_(origin),
      settings_(std::move(settings)),
      tools_(tools),
      authserv_id_(AuthservIdFor(*settings_, envelope)),
      authors_(settings_->sender_headers),
      sanitizer_(settings_->sanitizer, authserv_id_) {}

void Transaction::OnHeader(absl::string_view name, absl::string_view value) {
  message_.AddField(name, value);
  authors_.OnField(name, value);
  sanitizer_.OnHeader(name, value);
}

bool Transaction::HasUnsignedRecipient() const {
  if (settings_->unsigned_recipients.empty()) return false;
  return std::any_of(envelope_.recipients.begin(), envelope_.recipients.end(),
                     [&](const milter::Path& recipient) {
                       return settings_->unsigned_recipients.Contains(
                           milter::Path::WithoutBrackets(recipient.address));
                     });
}

Question Transaction::Ask() {
  const Authors::Found found = authors_.Find();
  Question question = {.signs = settings_->signs,
                       .verifies = settings_->verifies,
                       .origin = origin_};
  question.author_is_doubtful = found.outcome == Authors::Outcome::kDoubtful;
  question.has_author = found.outcome == Authors::Outcome::kOne;
  if (!question.has_author) return question;
  author_ = found.addresses.front();
  question.is_exempt = settings_->clients.exempt_domains().Contains(
      author_.local_part, author_.domain);
  if (origin_ == Origin::kExternal || !settings_->signs) return question;
  question.has_unsigned_recipient = HasUnsignedRecipient();
  identities_ = settings_->plan.For(author_);
  question.has_key = !identities_.empty();
  if (origin_ == Origin::kAuthenticated) {
    question.author_is_allowed =
        settings_->MaySignFor(LoginOf(envelope_), found.addresses);
  }
  return question;
}

void Transaction::OnEndOfHeader() {
  decision_ = Decide(Ask());
  if (decision_.work == Work::kSign) {
    // Asked for here, so that it is hashed; the keys are found at the end.
    message_.bodies().Want(settings_->signer.body_form, std::nullopt);
  } else if (decision_.work == Work::kVerify) {
    verifier_.emplace(message_, settings_->verifier, tools_.public_keys,
                      tools_.clock);
    if (settings_->verifies_arc) arc_.emplace(message_, *settings_, tools_);
  }
  if (decision_.reason == Reason::kExternal) NoteStranger();
}

void Transaction::NoteStranger() const {
  if (author_.domain.empty() || !settings_->signs ||
      settings_->clients.IsExpectedOutside(envelope_) ||
      !settings_->plan.SignsFor(author_.domain)) {
    return;
  }
  uint64_t left_out = 0;
  if (!tools_.lines.Take(absl::ToUnixSeconds(tools_.clock.Now()), left_out)) {
    return;
  }
  log::Info("outside_client_uses_our_domain",
            {{"queue_id", envelope_.queue_id()},
             {"client_name", envelope_.client_name},
             {"domain", author_.domain}});
}

void Transaction::OnBody(absl::string_view chunk) { message_.AddBody(chunk); }

net::Task<absl::StatusOr<milter::Changes>> Transaction::Finish(
    net::Deadline deadline) {
  message_.Finish();
  milter::Changes changes;
  if (decision_.work != Work::kNone) {
    sanitizer_.AppendTo(changes);
    tools_.meters.removed_fields.Increment(
        static_cast<double>(sanitizer_.removed()));
  }
  Finding finding = Finding::kGood;
  if (decision_.work == Work::kSign) {
    finding = co_await Sign(changes);
  } else if (decision_.work == Work::kVerify) {
    finding = co_await Verify(deadline, changes);
  }
  tools_.meters.CountMessage(decision_);
  const bool is_forbidden = origin_ == Origin::kAuthenticated &&
                            settings_->login_authors != nullptr &&
                            (decision_.reason == Reason::kForbiddenAuthor ||
                             decision_.reason == Reason::kDoubtfulAuthor ||
                             decision_.reason == Reason::kNoAuthor);
  if (is_forbidden) finding = Finding::kForbiddenAuthor;
  const Action action = decision_.work == Work::kNone && !is_forbidden
                            ? config::v1::DKIM_ACTION_ACCEPT
                            : Settle(finding, changes);
  Log(finding, action);
  co_return changes;
}

net::Task<Finding> Transaction::Sign(milter::Changes& changes) {
  const absl::Time start = tools_.clock.Now();
  std::vector<dkim::SigningIdentity> identities = co_await FindKeys();
  if (identities.empty()) co_return Finding::kSigningFailure;
  const Finding finding = AddSignatures(std::move(identities), changes);
  tools_.meters.sign_seconds.Observe(
      absl::ToDoubleSeconds(tools_.clock.Now() - start));
  co_return finding;
}

net::Task<std::vector<dkim::SigningIdentity>> Transaction::FindKeys() {
  std::vector<dkim::SigningIdentity> identities;
  for (const Identity& identity : identities_) {
    absl::StatusOr<KeyStore::Key> key =
        co_await tools_.private_keys.Find(identity.key);
    if (!key.ok()) {
      log::Warning("key_not_usable", {{"queue_id", envelope_.queue_id()},
                                      {"domain", identity.domain},
                                      {"selector", identity.selector},
                                      {"error", key.status()}});
      continue;
    }
    dkim::SigningIdentity one;
    one.domain = identity.domain;
    one.selector = identity.selector;
    one.key = *std::move(key);
    one.identity = identity.signer;
    identities.push_back(std::move(one));
  }
  co_return identities;
}

Finding Transaction::AddSignatures(
    std::vector<dkim::SigningIdentity> identities, milter::Changes& changes) {
  for (const dkim::SigningIdentity& identity : identities) {
    absl::StrAppend(&summary_, summary_.empty() ? "" : ", ", identity.domain,
                    "/", identity.selector);
  }
  dkim::Signer signer(message_, settings_->signer, std::move(identities),
                      tools_.clock);
  const absl::StatusOr<std::vector<std::string>> values = signer.Finish();
  if (!values.ok()) {
    summary_ = std::string(values.status().message());
    return absl::IsFailedPrecondition(values.status())
               ? Finding::kUnsignable
               : Finding::kSigningFailure;
  }
  if (settings_->removes_old_signatures) RemoveOldSignatures(changes);
  for (auto value = values->rbegin(); value != values->rend(); ++value) {
    changes.InsertHeader(0, kSignature, *value);
  }
  tools_.meters.signatures_made.Increment(static_cast<double>(values->size()));
  return Finding::kGood;
}

void Transaction::RemoveOldSignatures(milter::Changes& changes) const {
  const size_t count = message_.header().Named(kSignature).size();
  for (size_t occurrence = count; occurrence > 0; --occurrence) {
    changes.DeleteHeader(kSignature, static_cast<uint32_t>(occurrence));
  }
}

net::Task<Finding> Transaction::Verify(net::Deadline deadline,
                                       milter::Changes& changes) {
  const absl::Time start = tools_.clock.Now();
  const net::Deadline all =
      std::min(deadline, net::Deadline::After(settings_->verify_timeout));
  const std::vector<dkim::SignatureResult> results =
      co_await verifier_->Finish(all);
  tools_.meters.verify_seconds.Observe(
      absl::ToDoubleSeconds(tools_.clock.Now() - start));
  summary_ = Summary(results);
  if (arc_) co_await arc_->Verify(all);
  co_await AddResults(results, changes);
  const Finding finding = FindingOf(results);
  if (finding != Finding::kGood) {
    if (arc_ && arc_->SpeaksForDkim()) co_return Finding::kGood;
    // Its header is more than we look at.
    co_return message_.header().is_cut() ? Finding::kInternalError : finding;
  }
  const bool is_replayed = co_await IsReplayed(results, deadline);
  co_return is_replayed ? Finding::kReplay : Finding::kGood;
}

net::Task<bool> Transaction::IsReplayed(
    const std::vector<dkim::SignatureResult>& results, net::Deadline deadline) {
  if (tools_.replay == nullptr || settings_->replay_threshold == 0) {
    co_return false;
  }
  bool is_replayed = true;
  for (const dkim::SignatureResult& result : results) {
    if (result.outcome != dkim::Outcome::kPass) continue;
    const absl::StatusOr<uint64_t> count =
        co_await tools_.replay->See(result.base64, deadline);
    if (!count.ok()) tools_.meters.replay_failures.Increment();
    is_replayed &= count.ok() && *count >= settings_->replay_threshold;
  }
  co_return is_replayed;
}

net::Task<> Transaction::AddResults(
    const std::vector<dkim::SignatureResult>& results,
    milter::Changes& changes) {
  mail::AuthResults all;
  all.authserv_id = authserv_id_;
  if (settings_->has_job_id && !envelope_.queue_id().empty()) {
    absl::StrAppend(&all.authserv_id, "/", envelope_.queue_id());
  }
  all.results = dkim::ReportedResults(results, settings_->has_header_b);
  const bool has_chain = arc_ && arc_->has_chain();
  if (has_chain) all.results.push_back(arc_->Reported());
  if (verifier_->has_signatures() || has_chain ||
      settings_->always_adds_results) {
    changes.InsertHeader(0, kResultsField, all.ToValue());
  }
  if (arc_) co_await arc_->Seal(all, changes);
}

Action Transaction::Settle(Finding finding, milter::Changes& changes) {
  const Action action = settings_->ActionFor(finding);
  tools_.meters.CountFinding(finding);
  tools_.meters.CountAction(action);
  if (!settings_->is_monitor) Apply(action, finding, changes);
  return action;
}

void Transaction::Log(Finding finding, Action action) const {
  uint64_t left_out = 0;
  if (!log::IsOn(log::Level::kInfo) ||
      !tools_.lines.Take(absl::ToUnixSeconds(tools_.clock.Now()), left_out)) {
    return;
  }
  if (left_out != 0) {
    log::Info("messages_not_logged", {{"count", left_out}});
  }
  constexpr const char* kEvents[] = {"passed", "signed", "verified"};
  log::Info(kEvents[static_cast<size_t>(decision_.work)],
            {{"queue_id", envelope_.queue_id()},
             {"reason", ReasonName(decision_.reason)},
             {"finding", FindingName(finding)},
             {"action", ActionName(action)},
             {"signatures", summary_},
             {"author_domain", author_.domain},
             {"client_name", envelope_.client_name},
             {"login", LoginOf(envelope_)},
             {"removed_results", sanitizer_.removed()}});
}

}  // namespace postern::dkimd
