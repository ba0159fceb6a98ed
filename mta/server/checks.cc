#include "mta/server/checks.h"

#include <string>

#include "lib/base/log.h"
#include "mta/restrictions/evaluation.h"

namespace postern::mta::server {

using restrictions::Decision;
using restrictions::Stage;

net::Task<Decision> Checks::Decide() {
  Decision decision;
  if (conversation_.dialogue.stage() == Stage::kRecipient) {
    decision = co_await DecideRecipient();
  }
  co_return decision;
}

net::Task<Decision> Checks::DecideRecipient() {
  const Settings& settings = *conversation_.settings;
  Client& client = conversation_.client;
  const Dialogue& dialogue = conversation_.dialogue;
  const mail::Address& address = dialogue.command().address;
  const std::string recipient = address.ToString();
  dns::ClientName name;
  if (settings.lists.asks_policy_services()) name = co_await client.Name();
  const Transaction& transaction = *dialogue.transaction();
  restrictions::Facts facts;
  facts.is_in_mynetworks = settings.IsInMynetworks(client.address());
  facts.recipient_class = settings.classes.ClassOf(address);
  facts.question = {.protocol_name = dialogue.is_esmtp() ? "ESMTP" : "SMTP",
                    .client_address = client.address_text(),
                    .client_port = client.port(),
                    .client_name = name.verified_name,
                    .reverse_client_name = name.reverse_name,
                    .server_address = conversation_.stream.local().host,
                    .server_port = conversation_.stream.local().port,
                    .helo_name = dialogue.helo_name(),
                    .sender = transaction.sender(),
                    .recipient = recipient,
                    .queue_id = transaction.queue_id(),
                    .instance = transaction.instance(),
                    .size_bytes = transaction.declared_bytes(),
                    .session = conversation_.id};
  Decision decision = co_await settings.lists.Decide(facts);
  conversation_.parts.meters.CountRecipient(decision.reason);
  if (decision.refusal) {
    log::Info("reject", {{"session", conversation_.id},
                         {"queue_id", transaction.queue_id()},
                         {"client", client.address_text()},
                         {"helo", dialogue.helo_name()},
                         {"from", transaction.sender()},
                         {"to", recipient},
                         {"reason", ReasonName(decision.reason)},
                         {"reply", decision.refusal->ToString()}});
  }
  co_return decision;
}

}  // namespace postern::mta::server
