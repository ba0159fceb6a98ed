#include "mta/server/filtering.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "mta/filters/envelope_edit.h"
#include "mta/filters/milters.h"
#include "mta/filters/path_words.h"
#include "mta/smtp/reply.h"

namespace postern::mta::server {
namespace {

using filters::Judgement;
using restrictions::Decision;
using restrictions::Stage;

// Macros have the domain of an address as Postfix resolves it.
std::string WithLowerDomain(std::string address) {
  const size_t at = std::min(address.rfind('@'), address.size());
  for (char& c : absl::MakeSpan(address).subspan(at))
    c = absl::ascii_tolower(c);
  return address;
}

// Whether a filter wants to know where mail for an address would go.
bool IsWayTold(const filters::MilterChain& chain, milter::Stage stage,
               absl::string_view prefix) {
  return chain.IsTold(stage, absl::StrCat(prefix, "_mailer")) ||
         chain.IsTold(stage, absl::StrCat(prefix, "_host"));
}

smtp::Reply CannotAsk() { return {451, "4.3.0", "Temporary lookup failure"}; }

}  // namespace

net::Task<absl::Status> Filtering::MakeChain() {
  chain_.reset();
  const filters::Milters& milters = *conversation_.settings->milters;
  CO_ASSIGN_OR_RETURN(std::shared_ptr<const filters::MilterPlan> plan,
                      co_await milters.PlanFor(conversation_.client.address()));
  if (plan->groups.empty()) co_return absl::OkStatus();
  chain_ = std::make_unique<filters::MilterChain>(
      std::move(plan), conversation_.parts.drain, conversation_.id);
  co_return absl::OkStatus();
}

net::Task<Decision> Filtering::Decide() {
  Decision decision;
  if (conversation_.dialogue.stage() == Stage::kConnect) {
    const absl::Status made = co_await MakeChain();
    if (!made.ok()) {
      log::Error("lookup_failed",
                 {{"session", conversation_.id}, {"error", made.message()}});
      decision.refusal = CannotAsk();
      decision.reason = restrictions::Reason::kTemporary;
      co_return decision;
    }
  }
  if (!is_active()) co_return decision;
  Judgement judgement = co_await Ask();
  decision.actions.discard = judgement.discards;
  decision.actions.hold = judgement.holds;
  if (!judgement.refusal) co_return decision;
  Report(*judgement.refusal);
  decision.refusal = std::move(judgement.refusal);
  decision.reason = restrictions::Reason::kFilter;
  co_return decision;
}

net::Task<Judgement> Filtering::Ask() {
  milter::Macros known = co_await Known();
  milter::Path path;
  switch (conversation_.dialogue.stage()) {
    case Stage::kConnect: {
      filters::MilterChain::Client client = co_await ClientFacts();
      co_return co_await chain_->Connect(std::move(client), std::move(known));
    }
    case Stage::kHelo:
      co_return co_await chain_->Helo(conversation_.dialogue.command().argument,
                                      std::move(known));
    case Stage::kSender:
      is_in_message_ = true;
      path = SenderPath();
      co_return co_await chain_->Sender(path, std::move(known));
    case Stage::kRecipient:
      path = RecipientPath();
      co_return co_await chain_->Recipient(path, std::move(known));
    case Stage::kData:
      co_return co_await chain_->Data(std::move(known));
    case Stage::kEndOfData:
      break;
  }
  co_return Judgement();
}

net::Task<> Filtering::ShowRejected(const smtp::Reply& reply) {
  if (!is_active() || !chain_->wants_rejected_recipients()) co_return;
  milter::Macros known = co_await Known();
  filters::SetRejectionMacros(reply, known);
  milter::Path path = RecipientPath();
  co_await chain_->RejectedRecipient(std::move(path), std::move(known));
}

net::Task<filters::MilterChain::Client> Filtering::ClientFacts() {
  Client& from = conversation_.client;
  const dns::ClientName name = co_await from.Name();
  filters::MilterChain::Client client;
  client.name = name.verified_name == "unknown"
                    ? absl::StrCat("[", from.address_text(), "]")
                    : name.verified_name;
  client.address = from.address();
  client.port = from.port();
  co_return client;
}

net::Task<milter::Macros> Filtering::Known() {
  const Settings& settings = *conversation_.settings;
  Client& client = conversation_.client;
  const dns::ClientName name = co_await client.Name();
  const std::string& host = settings.dialogue.myhostname;
  const std::string& daemon = settings.milters->daemon_name();
  milter::Macros macros;
  macros.Set("j", host);
  macros.Set("v", settings.milters->version());
  macros.Set("daemon_name", daemon.empty() ? host : daemon);
  macros.Set("daemon_addr", client.server().host);
  macros.Set("daemon_port", absl::StrCat(client.server().port));
  macros.Set("if_addr", client.server().host);
  macros.Set("if_name", host);
  macros.Set(
      "_", absl::StrCat(name.verified_name, " [", client.address_text(), "]"));
  macros.Set("client_addr", client.address_text());
  macros.Set("client_name", name.verified_name);
  macros.Set("client_port", absl::StrCat(client.port()));
  macros.Set("client_ptr", name.reverse_name);
  macros.Set("client_connections",
             absl::StrCat(conversation_.client_connections));
  AddTls(macros);
  AddMail(macros);
  co_await AddWays(macros);
  co_return macros;
}

void Filtering::AddTls(milter::Macros& macros) const {
  const net::TlsFacts& tls = conversation_.tls;
  if (tls.version.empty()) return;
  macros.Set("tls_version", tls.version);
  macros.Set("cipher", tls.cipher);
  macros.Set("cipher_bits", absl::StrCat(tls.cipher_bits));
  if (!tls.has_certificate) return;
  macros.Set("cert_subject", tls.subject);
  macros.Set("cert_issuer", tls.issuer);
}

void Filtering::AddMail(milter::Macros& macros) const {
  const Dialogue& dialogue = conversation_.dialogue;
  if (const Dialogue::Identity* const auth = dialogue.auth()) {
    macros.Set("auth_type", auth->method);
    macros.Set("auth_authen", auth->username);
  } else if (!conversation_.client.login().empty()) {
    macros.Set("auth_type", "XCLIENT");
    macros.Set("auth_authen", conversation_.client.login());
  }
  const Transaction* const transaction = dialogue.transaction();
  if (transaction == nullptr) return;
  macros.Set("i", transaction->queue_id());
  if (transaction->mail().auth) {
    macros.Set("auth_author", *transaction->mail().auth);
  }
  macros.Set("mail_addr", WithLowerDomain(transaction->sender()));
  if (dialogue.stage() == Stage::kRecipient) {
    macros.Set("rcpt_addr",
               WithLowerDomain(dialogue.command().address.ToString()));
  }
}

net::Task<> Filtering::AddWays(milter::Macros& macros) {
  const Dialogue& dialogue = conversation_.dialogue;
  const Transaction* const transaction = dialogue.transaction();
  if (transaction == nullptr) co_return;
  const std::string& sender = transaction->sender();
  if (dialogue.stage() == Stage::kSender) {
    sender_way_.clear();
    if (IsWayTold(*chain_, milter::Stage::kSender, "mail")) {
      co_await AddWay("mail", "", sender, sender_way_);
    }
  }
  macros.Merge(sender_way_);
  if (dialogue.stage() == Stage::kRecipient &&
      IsWayTold(*chain_, milter::Stage::kRecipient, "rcpt")) {
    co_await AddWay("rcpt", sender, dialogue.command().address.ToString(),
                    macros);
  }
}

net::Task<> Filtering::AddWay(std::string prefix, std::string sender,
                              std::string address,
                              milter::Macros& macros) const {
  const MailWays& ways = conversation_.settings->ways;
  const absl::StatusOr<MailWays::Way> way =
      co_await ways.Find(std::move(sender), std::move(address));
  if (!way.ok()) co_return;  // Nobody knows: not told.
  macros.Set(absl::StrCat(prefix, "_mailer"), way->mailer);
  macros.Set(absl::StrCat(prefix, "_host"), way->host);
}

milter::Path Filtering::SenderPath() const {
  const Transaction& transaction = *conversation_.dialogue.transaction();
  return {transaction.sender(), filters::WordsOf(transaction.mail()), {}};
}

milter::Path Filtering::RecipientPath() const {
  const smtp::Command& rcpt = conversation_.dialogue.command();
  return {rcpt.address.ToString(), filters::WordsOf(rcpt.rcpt), {}};
}

net::Task<absl::StatusOr<bool>> Filtering::Judge(
    std::string fields, queue::Incoming& incoming,
    spool::v1::Envelope& envelope) {
  filters::FilteredMessage message(fields, incoming.queue_id());
  filters::BodySource body;
  body.pieces = incoming.pieces();
  body.read = [&incoming](size_t piece) { return incoming.Piece(piece); };
  milter::Macros known = co_await Known();
  const Judgement judgement =
      co_await chain_->Message(message, body, std::move(known));
  if (judgement.refusal) {
    conversation_.parts.meters.rejected_messages.Increment();
    Report(*judgement.refusal);
    co_return smtp::ReplyError(*judgement.refusal);
  }
  if (judgement.discards) co_return true;
  if (judgement.holds || message.quarantine()) envelope.set_hold(true);
  if (message.quarantine()) {
    log::Warning("milter_quarantine", {{"session", conversation_.id},
                                       {"queue_id", incoming.queue_id()},
                                       {"reason", *message.quarantine()}});
  }
  filters::ApplyToEnvelope(message.envelope_changes(), envelope);
  const absl::Status stored = co_await Store(message, incoming);
  if (!stored.ok()) {
    conversation_.parts.meters.failed_messages.Increment();
    log::Error("spool_failed", {{"session", conversation_.id},
                                {"queue_id", incoming.queue_id()},
                                {"error", stored}});
    co_return stored;
  }
  co_return false;
}

net::Task<Step> Filtering::JudgeUnknown(Step step) {
  if (!is_active()) co_return step;
  const std::string line = conversation_.dialogue.command().argument;
  Judgement judgement = co_await chain_->Unknown(line);
  if (!judgement.refusal) co_return step;
  Report(*judgement.refusal);
  if (judgement.refusal->code == 421) step.next = Step::Next::kClose;
  step.reply = *std::move(judgement.refusal);
  co_return step;
}

net::Task<absl::Status> Filtering::Store(
    const filters::FilteredMessage& message, queue::Incoming& incoming) {
  if (message.body()) {
    incoming.Restart();
    CO_RETURN_IF_ERROR(co_await incoming.Append(*message.body()));
  }
  const std::string header = message.HeaderText();
  co_return co_await incoming.Prepend(header);
}

void Filtering::EndMessage() {
  if (!std::exchange(is_in_message_, false) || chain_ == nullptr) return;
  chain_->EndMessage();
}

void Filtering::Report(const smtp::Reply& reply) const {
  const Dialogue& dialogue = conversation_.dialogue;
  const Transaction* const transaction = dialogue.transaction();
  log::Info("milter_reject",
            {{"session", conversation_.id},
             {"queue_id", transaction ? transaction->queue_id() : ""},
             {"client", conversation_.client.address_text()},
             {"helo", dialogue.helo_name()},
             {"from", transaction ? transaction->sender() : ""},
             {"reply", reply.ToString()}});
}

}  // namespace postern::mta::server
