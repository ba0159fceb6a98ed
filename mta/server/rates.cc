#include "mta/server/rates.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/log.h"

namespace postern::mta::server {

using limits::Event;
using restrictions::Decision;
using restrictions::Stage;

net::Task<Decision> Rates::Decide() {
  const std::string& client = conversation_.client.address_text();
  smtp::Reply refusal;
  Decision decision;
  switch (conversation_.dialogue.stage()) {
    case Stage::kConnect:
      refusal = {421, "4.7.0",
                 absl::StrCat(conversation_.settings->dialogue.myhostname,
                              " Error: too many connections from ", client)};
      decision = co_await Spend(Event::kConnection, std::move(refusal));
      break;
    case Stage::kSender:
      refusal = {450, "4.7.1",
                 absl::StrCat("Error: too much mail from ", client)};
      decision = co_await Spend(Event::kMessage, std::move(refusal));
      break;
    case Stage::kRecipient:
      refusal = {450, "4.7.1",
                 absl::StrCat("Error: too many recipients from ", client)};
      decision = co_await Spend(Event::kRecipient, std::move(refusal));
      break;
    case Stage::kHelo:
    case Stage::kData:
    case Stage::kEndOfData:
      break;
  }
  co_return decision;
}

net::Task<Decision> Rates::Spend(Event event, smtp::Reply refusal) {
  Decision decision;
  const bool fits = co_await conversation_.parts.budgets.Spend(
      event, conversation_.client.address(), conversation_.settings->limits);
  if (fits) co_return decision;
  log::Warning("limited", {{"session", conversation_.id},
                           {"client", conversation_.client.address_text()},
                           {"event", limits::EventName(event)}});
  decision.refusal = std::move(refusal);
  co_return decision;
}

}  // namespace postern::mta::server
