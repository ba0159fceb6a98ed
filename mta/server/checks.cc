#include "mta/server/checks.h"

#include <utility>

#include "absl/status/statusor.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/mail/address.h"
#include "mta/server/encryption.h"

namespace postern::mta::server {
namespace {

using filters::ProtocolState;
using restrictions::Decision;
using restrictions::Facts;
using restrictions::NameStatus;
using restrictions::Stage;

NameStatus StatusOfName(const std::string& name, bool failed) {
  if (!name.empty() && name != "unknown") return NameStatus::kOk;
  return failed ? NameStatus::kTemporaryFailure : NameStatus::kNone;
}

ProtocolState StateAt(Stage stage, bool is_ehlo) {
  switch (stage) {
    case Stage::kConnect:
      return ProtocolState::kConnect;
    case Stage::kHelo:
      return is_ehlo ? ProtocolState::kEhlo : ProtocolState::kHelo;
    case Stage::kSender:
      return ProtocolState::kMail;
    case Stage::kRecipient:
      return ProtocolState::kRcpt;
    case Stage::kData:
      return ProtocolState::kData;
    case Stage::kEndOfData:
      return ProtocolState::kEndOfMessage;
  }
  return ProtocolState::kRcpt;
}

// A table that cannot be asked says nothing: the client comes back later.
Decision LookupFailed(const Facts& facts, const absl::Status& why) {
  log::Error("lookup_failed", {{"session", facts.question.session},
                               {"from", facts.question.sender},
                               {"to", facts.question.recipient},
                               {"error", why.message()}});
  Decision decision;
  decision.refusal = smtp::Reply{451, "4.3.0", "Temporary lookup failure"};
  decision.reason = restrictions::Reason::kTemporary;
  return decision;
}

}  // namespace

net::Task<Decision> Checks::Decide() {
  const restrictions::Lists& lists = conversation_.settings->lists;
  Facts facts;
  facts.stage = conversation_.dialogue.stage();
  Decision decision;
  if (lists.HasListsAt(facts.stage)) {
    Words words;
    AddSession(facts, words);
    AddTransaction(facts);
    AddRecipient(facts, words);
    if (lists.needs_client_name()) co_await FindClientName(facts, words);
    const absl::Status listed = co_await FindListings(facts);
    if (listed.ok()) {
      decision = co_await lists.Decide(facts);
    } else {
      decision = LookupFailed(facts, listed);
    }
    Report(facts, decision);
  }
  Keep(decision);
  co_return decision;
}

net::Task<> Checks::FindClientName(Facts& facts, Words& words) {
  const dns::ClientName name = co_await conversation_.client.Name();
  words.client_name = name.verified_name;
  words.reverse_client_name = name.reverse_name;
  facts.reverse_client_name_status =
      StatusOfName(name.reverse_name, name.reverse_failed);
  facts.client_name_status = StatusOfName(
      name.verified_name, name.reverse_failed || name.forward_failed);
  if (facts.client_name_status == NameStatus::kNone &&
      facts.reverse_client_name_status == NameStatus::kOk) {
    facts.client_name_status = NameStatus::kForged;
  }
  facts.question.client_name = words.client_name;
  facts.question.reverse_client_name = words.reverse_client_name;
}

void Checks::AddSession(Facts& facts, Words& words) const {
  const Client& client = conversation_.client;
  const Dialogue& dialogue = conversation_.dialogue;
  facts.client = client.address();
  facts.is_in_mynetworks =
      conversation_.settings->IsInMynetworks(client.address());
  const net::Endpoint& local = client.server();
  words.server_address = local.host;
  facts.is_this_host = client.is_this_host();
  filters::PolicyQuestion& question = facts.question;
  question.protocol_state =
      StateAt(facts.stage, dialogue.verb() == smtp::Verb::kEhlo);
  question.protocol_name = dialogue.is_esmtp() ? "ESMTP" : "SMTP";
  question.client_address = client.address_text();
  question.client_port = client.port();
  question.client_name = "unknown";
  question.reverse_client_name = "unknown";
  question.server_address = words.server_address;
  question.server_port = local.port;
  question.helo_name = facts.stage == Stage::kHelo
                           ? absl::string_view(dialogue.command().argument)
                           : absl::string_view(dialogue.helo_name());
  if (!client.login().empty()) {  // As a proxy says (XCLIENT).
    question.sasl_method = "XCLIENT";
    question.sasl_username = client.login();
  }
  if (const Dialogue::Identity* const auth = dialogue.auth()) {
    question.sasl_method = auth->method;
    question.sasl_username = auth->username;
  }
  question.session = conversation_.id;
  DescribeTls(conversation_.tls, question);
  facts.has_trusted_ccert = conversation_.tls.is_trusted;
  facts.is_encrypted = !question.encryption_protocol.empty();
  // With ESMTP the dialogue itself ends a session that runs ahead (MTA-10).
  facts.has_improper_pipelining =
      conversation_.has_run_ahead ||
      (!dialogue.is_esmtp() && facts.stage != Stage::kEndOfData &&
       conversation_.stream.HasInput());
  facts.deferral = DeferralBefore(facts.stage);
}

void Checks::AddTransaction(Facts& facts) const {
  const Transaction* const transaction = conversation_.dialogue.transaction();
  if (transaction == nullptr) return;
  facts.sender = transaction->sender_address();
  facts.is_discarded = transaction->actions().discard;
  filters::PolicyQuestion& question = facts.question;
  question.sender = transaction->sender();
  question.recipient_count = transaction->recipients().size();
  question.queue_id = transaction->queue_id();
  question.instance = transaction->instance();
  question.size_bytes = facts.stage == Stage::kEndOfData
                            ? transaction->content_bytes()
                            : transaction->declared_bytes();
  if (transaction->mail().auth)
    question.sasl_sender = *transaction->mail().auth;
}

void Checks::AddRecipient(Facts& facts, Words& words) const {
  const Transaction* const transaction = conversation_.dialogue.transaction();
  if (facts.stage == Stage::kRecipient) {
    facts.recipient = conversation_.dialogue.command().address;
  } else if (transaction != nullptr && transaction->recipients().size() == 1) {
    const absl::StatusOr<mail::Address> only = mail::Address::Parse(
        transaction->recipients().front().address, mail::Charset::kUtf8);
    if (only.ok()) facts.recipient = *only;
  }
  if (!facts.recipient) return;
  words.recipient = facts.recipient->ToString();
  facts.question.recipient = words.recipient;
}

net::Task<absl::Status> Checks::FindListings(Facts& facts) {
  using Role = rewriting::AddressBook::Role;
  const rewriting::AddressBook& book = *conversation_.settings->addresses;
  if (facts.sender && !facts.sender->is_null()) {
    CO_ASSIGN_OR_RETURN(rewriting::Listing listing,
                        co_await book.ListingOf(*facts.sender, Role::kSender));
    facts.sender_class = listing.address_class;
    facts.sender_unlisted = std::move(listing.unlisted);
  }
  if (facts.recipient) {
    CO_ASSIGN_OR_RETURN(
        rewriting::Listing listing,
        co_await book.ListingOf(*facts.recipient, Role::kRecipient));
    facts.recipient_class = listing.address_class;
    facts.recipient_unlisted = std::move(listing.unlisted);
  }
  co_return absl::OkStatus();
}

const smtp::Reply* Checks::DeferralBefore(Stage stage) const {
  if (stage != Stage::kHelo && stage != Stage::kSender &&
      stage != Stage::kRecipient) {
    return nullptr;
  }
  for (int i = static_cast<int>(stage) - 1; i >= 0; --i) {
    if (deferrals_[i]) return &*deferrals_[i];
  }
  return nullptr;
}

void Checks::Keep(Decision& decision) {
  const Stage stage = conversation_.dialogue.stage();
  if (stage == Stage::kConnect) {  // Another client: XCLIENT.
    actions_ = {};
    deferrals_ = {};
  }
  if (stage == Stage::kConnect || stage == Stage::kHelo) {
    actions_[static_cast<int>(stage)] = std::move(decision.actions);
    decision.actions = {};
  } else if (stage == Stage::kSender) {
    restrictions::MessageActions all = actions_[0];
    all.Merge(actions_[1]);
    all.Merge(std::move(decision.actions));
    decision.actions = std::move(all);
  }
  if (static_cast<size_t>(stage) < deferrals_.size()) {
    deferrals_[static_cast<size_t>(stage)] = decision.deferral;
  }
}

void Checks::Report(const Facts& facts, const Decision& decision) const {
  Meters& meters = conversation_.parts.meters;
  if (facts.stage == Stage::kRecipient) {
    meters.CountRecipient(decision.reason);
  } else if (decision.refusal) {
    meters.CountRefusal(facts.stage);
  }
  if (!decision.refusal) return;
  log::Info("reject",
            {{"session", conversation_.id},
             {"queue_id", facts.question.queue_id},
             {"client", facts.question.client_address},
             {"helo", facts.question.helo_name},
             {"from", facts.question.sender},
             {"to", facts.question.recipient},
             {"state", ProtocolStateName(facts.question.protocol_state)},
             {"reason", ReasonName(decision.reason)},
             {"reply", decision.refusal->ToString()}});
}

}  // namespace postern::mta::server
