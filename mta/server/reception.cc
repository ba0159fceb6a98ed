#include "mta/server/reception.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "mta/server/problem_reply.h"
#include "mta/server/trace_header.h"

namespace postern::mta::server {

using Framing = smtp::DataReader::Framing;
using Problem = smtp::DataReader::Problem;

absl::StatusOr<std::string> Reception::Open(int64_t size_bytes) {
  RETURN_IF_ERROR(conversation_.parts.spool.CanAccept(size_bytes));
  incoming_ = conversation_.parts.spool.Begin();
  return incoming_->queue_id();
}

void Reception::Drop() {
  intake_.reset();
  sink_.reset();
  inspection_.reset();
  header_sink_.reset();
  filter_sink_.reset();
  spool_sink_.reset();
  incoming_.reset();
}

net::Task<> Reception::BeginContent(Framing framing) {
  const std::string fields = co_await TraceFields();
  inspection_.emplace(
      conversation_.settings->content_checks,
      conversation_.parts.meters.content,
      content::Inspection::Names{conversation_.id, incoming_->queue_id()});
  spool_sink_ = std::make_unique<SpoolSink>(*incoming_);
  ContentSink* next = spool_sink_.get();
  if (filtering_.is_active()) {
    filter_sink_ = std::make_unique<FilterSink>(
        static_cast<size_t>(conversation_.settings->data.max_header_bytes),
        *next);
    next = filter_sink_.get();
  }
  header_sink_ = MakeHeaderSink(*next);
  if (header_sink_ != nullptr) next = header_sink_.get();
  sink_.emplace(*inspection_, *next);
  begun_ = co_await sink_->AppendOwn(fields);
  intake_.emplace(*conversation_.settings, conversation_.stream,
                  conversation_.reader, framing);
}

net::Task<absl::StatusOr<Problem>> Reception::Receive() {
  co_await BeginContent(Framing::kDot);
  CO_RETURN_IF_ERROR(co_await intake_->Receive(*sink_, conversation_.end));
  co_return co_await EndContent();
}

net::Task<absl::StatusOr<Problem>> Reception::ReceiveChunk(int64_t bytes,
                                                           bool is_last) {
  if (!intake_) co_await BeginContent(Framing::kCount);
  CO_RETURN_IF_ERROR(
      co_await intake_->ReceiveChunk(*sink_, bytes, conversation_.end));
  if (is_last) {
    intake_->Finish();
    co_return co_await EndContent();
  }
  if (intake_->problem() != Problem::kNone) ReportProblem();
  co_return intake_->problem();
}

net::Task<Problem> Reception::EndContent() {
  if (intake_->problem() != Problem::kNone) {
    ReportProblem();
  } else if (begun_.ok() && intake_->stored().ok()) {
    begun_ = co_await sink_->Finish();
  }
  co_return intake_->problem();
}

net::Task<absl::Status> Reception::SkipChunk(int64_t bytes) {
  DiscardSink nowhere;
  Intake intake(*conversation_.settings, conversation_.stream,
                conversation_.reader, Framing::kCount);
  co_return co_await intake.ReceiveChunk(nowhere, bytes, conversation_.end);
}

int64_t Reception::content_bytes() const {
  return intake_ ? intake_->content_bytes() : 0;
}

net::Task<absl::Status> Reception::Store() {
  Meters& meters = conversation_.parts.meters;
  const content::Verdict& verdict = inspection_->verdict();
  if (verdict.refusal) {
    meters.rejected_messages.Increment();
    ReportBad(*verdict.refusal);
    co_return smtp::ReplyError(*verdict.refusal);
  }
  const Transaction& transaction = *conversation_.dialogue.transaction();
  const Clock& clock = conversation_.parts.clock;
  const absl::Time ended = clock.Now();
  absl::Status stored = begun_;
  stored.Update(intake_->stored());
  spool::v1::Envelope envelope = co_await MakeEnvelope();
  bool discards = transaction.actions().discard || verdict.actions.discard;
  if (stored.ok() && !discards && filter_sink_ != nullptr) {
    const absl::StatusOr<bool> passed = co_await PassFilters(envelope);
    if (!passed.ok()) co_return passed.status();
    discards = *passed;
  }
  if (stored.ok() && discards) {
    meters.discarded_messages.Increment();
    Report("discarded");
    co_return stored;
  }
  if (stored.ok()) {
    const absl::Status rewritten =
        co_await conversation_.settings->rewriter->Rewrite(envelope);
    if (!rewritten.ok()) {
      meters.failed_messages.Increment();
      co_return rewritten;
    }
    stored = co_await incoming_->Commit(std::move(envelope));
  }
  meters.commit_seconds.Observe(absl::ToDoubleSeconds(clock.Now() - ended));
  if (stored.ok()) {
    // A message is named at MAIL.
    meters.accept_seconds.Observe(absl::ToDoubleSeconds(std::max(
        clock.Now() - incoming_->id().MadeAt(), absl::ZeroDuration())));
    ++messages_;
    meters.accepted_messages.Increment();
    meters.accepted_bytes.Increment(
        static_cast<double>(incoming_->size_bytes()));
    Report("accepted");
  } else {
    meters.failed_messages.Increment();
    log::Error("spool_failed", {{"session", conversation_.id},
                                {"queue_id", incoming_->queue_id()},
                                {"error", stored}});
  }
  co_return stored;
}

net::Task<absl::StatusOr<bool>> Reception::PassFilters(
    spool::v1::Envelope& envelope) {
  absl::StatusOr<bool> discards =
      co_await filtering_.Judge(filter_sink_->fields(), *incoming_, envelope);
  // A message for nobody is one that a filter wanted to vanish.
  if (discards.ok() && envelope.recipients().empty()) discards = true;
  co_return discards;
}

net::Task<spool::v1::Envelope> Reception::MakeEnvelope() {
  Client& client = conversation_.client;
  const dns::ClientName name = co_await client.Name();
  const Transaction& transaction = *conversation_.dialogue.transaction();
  spool::v1::Envelope envelope = transaction.ToEnvelope();
  envelope.set_client_address(client.address_text());
  envelope.set_client_name(name.verified_name);
  envelope.set_helo_name(conversation_.dialogue.helo_name());
  envelope.set_session(conversation_.id);
  restrictions::MessageActions actions = inspection_->verdict().actions;
  // A redirection of the restrictions overrides copies for the checks as well.
  if (!transaction.actions().redirect.empty()) actions.copies.clear();
  actions.ApplyTo(envelope);
  co_return envelope;
}

// Only the headers of our own clients are mended: a relay leaves the others as
// they are (RFC 5321 section 6.4).
std::unique_ptr<HeaderSink> Reception::MakeHeaderSink(ContentSink& next) {
  const Settings& settings = *conversation_.settings;
  const Client& client = conversation_.client;
  HeaderClient facts;
  facts.is_this_host = client.is_this_host();
  facts.is_in_mynetworks = settings.IsInMynetworks(client.address());
  facts.is_authenticated =
      conversation_.dialogue.auth() != nullptr || !client.login().empty();
  const bool rewrites = settings.header.Rewrites(facts);
  if (!rewrites && !settings.header.adds_always) {
    return nullptr;
  }
  rewriting::HeaderFields::Facts header;
  header.queue_id = incoming_->queue_id();
  header.myhostname = settings.dialogue.myhostname;
  header.sender = conversation_.dialogue.transaction()->sender();
  header.undisclosed_recipients = settings.header.undisclosed_recipients;
  header.now = conversation_.parts.clock.Now();
  header.rewrites = rewrites;
  return std::make_unique<HeaderSink>(
      rewriting::HeaderFields(settings.rewriter->canonical(),
                              std::move(header)),
      static_cast<size_t>(settings.data.max_header_bytes), next);
}

// Returns what we put in front of the message.
net::Task<std::string> Reception::TraceFields() {
  const dns::ClientName name = co_await conversation_.client.Name();
  const Transaction& transaction = *conversation_.dialogue.transaction();
  const std::string kSeveral;
  std::string fields;
  for (const std::string& header : transaction.actions().headers) {
    if (AppendHeader(header, fields)) continue;
    log::Warning("not_a_header",
                 {{"session", conversation_.id}, {"header", header}});
  }
  const TlsSettings& tls = conversation_.settings->tls;
  const bool is_tls_shown = tls.is_in_received && conversation_.stream.is_tls();
  const Dialogue::Identity* const auth = conversation_.dialogue.auth();
  const bool shows_user =
      auth != nullptr && conversation_.settings->auth.authenticated_header;
  const std::vector<Transaction::Recipient>& recipients =
      transaction.recipients();
  fields += FormatReceived(
      {.helo_name = conversation_.dialogue.helo_name(),
       .client_name = name.verified_name,
       .client_address = conversation_.client.address_text(),
       .myhostname = conversation_.settings->dialogue.myhostname,
       .protocol = {.is_esmtp = conversation_.dialogue.is_esmtp(),
                    .is_tls = conversation_.stream.is_tls(),
                    .is_authenticated = auth != nullptr,
                    .is_smtputf8 = transaction.mail().smtputf8},
       .tls_facts = is_tls_shown ? &conversation_.tls : nullptr,
       .is_certificate_asked =
           tls.options.client_certificate != net::ClientCertificate::kNotAsked,
       .user = shows_user ? absl::string_view(auth->username) : "",
       .queue_id = transaction.queue_id(),
       .only_recipient =
           recipients.size() == 1 ? recipients.front().address : kSeveral,
       .now = conversation_.parts.clock.Now()});
  co_return fields;
}

void Reception::Report(absl::string_view event) const {
  const Dialogue& dialogue = conversation_.dialogue;
  ReportForwarded();
  log::Info(event, {{"session", conversation_.id},
                    {"queue_id", incoming_->queue_id()},
                    {"client", conversation_.client.address_text()},
                    {"helo", dialogue.helo_name()},
                    {"from", dialogue.transaction()->sender()},
                    {"recipients", dialogue.transaction()->recipients().size()},
                    {"size", incoming_->size_bytes()}});
}

// Where a message comes from that a proxy in front has taken (XFORWARD).
void Reception::ReportForwarded() const {
  const smtp::ClientAttributes& told =
      conversation_.dialogue.transaction()->forwarded();
  if (told == smtp::ClientAttributes()) return;
  const auto text = [](const std::optional<smtp::ClientAttributes::Value>& v) {
    return v && !v->value.empty() ? v->value : std::string("unknown");
  };
  log::Info("forwarded", {{"session", conversation_.id},
                          {"queue_id", incoming_->queue_id()},
                          {"orig_client", text(told.address)},
                          {"orig_name", text(told.name)},
                          {"orig_helo", text(told.helo)},
                          {"orig_queue_id", text(told.identity)},
                          {"source", text(told.source)}});
}

void Reception::ReportProblem() const {
  conversation_.parts.meters.CountBadMessage(intake_->problem());
  ReportBad(ReplyToProblem(intake_->problem()));
}

void Reception::ReportBad(const smtp::Reply& reply) const {
  const Dialogue& dialogue = conversation_.dialogue;
  log::Info("reject", {{"session", conversation_.id},
                       {"queue_id", incoming_->queue_id()},
                       {"client", conversation_.client.address_text()},
                       {"helo", dialogue.helo_name()},
                       {"from", dialogue.transaction()->sender()},
                       {"reply", reply.ToString()}});
}

}  // namespace postern::mta::server
