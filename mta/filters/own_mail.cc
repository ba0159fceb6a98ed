#include "mta/filters/own_mail.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "mta/filters/envelope_edit.h"
#include "mta/filters/filtered_message.h"
#include "mta/filters/milter_chain.h"
#include "mta/filters/path_words.h"

namespace postern::mta::filters {
namespace {

constexpr char kHeaderEnd[] = "\r\n\r\n";
constexpr size_t kHeaderEndBytes = 4;

milter::Macros Known(const Milters& milters, const OwnHost& host,
                     const std::string& queue_id,
                     const spool::v1::Envelope& envelope) {
  const std::string& daemon = milters.daemon_name();
  milter::Macros macros;
  macros.Set("j", host.name);
  macros.Set("v", milters.version());
  macros.Set("i", queue_id);
  macros.Set("daemon_name", daemon.empty() ? host.name : daemon);
  macros.Set("_", "localhost [127.0.0.1]");
  macros.Set("client_addr", "127.0.0.1");
  macros.Set("client_name", "localhost");
  SetAddressMacros("mail", envelope.sender(), macros);
  return macros;
}

// From the connection to the verdict on the content.
net::Task<Judgement> Show(MilterChain& chain, const OwnHost& host,
                          milter::Macros known,
                          const spool::v1::Envelope& envelope,
                          FilteredMessage& message, const BodySource& body) {
  MilterChain::Client client;
  client.name = "localhost";
  client.address = net::IpAddress::Parse("127.0.0.1").value();
  Judgement judgement = co_await chain.Connect(client, known);
  if (judgement.refusal) co_return judgement;
  judgement = co_await chain.Helo(host.name, known);
  if (judgement.refusal) co_return judgement;
  milter::Path path;
  path.address = envelope.sender();
  judgement = co_await chain.Sender(path, known);
  if (judgement.refusal || judgement.discards) co_return judgement;
  for (const spool::v1::Recipient& recipient : envelope.recipients()) {
    path.address = recipient.address();
    SetAddressMacros("rcpt", path.address, known);
    judgement = co_await chain.Recipient(path, known);
    if (judgement.refusal || judgement.discards) co_return judgement;
  }
  judgement = co_await chain.Data(known);
  if (judgement.refusal || judgement.discards) co_return judgement;
  judgement = co_await chain.Message(message, body, known);
  co_return judgement;
}

}  // namespace

net::Task<bool> FilterOwnMail(std::shared_ptr<const Milters> milters,
                              const OwnHost& host, std::string queue_id,
                              spool::v1::Envelope& envelope,
                              std::string& content) {
  const size_t header_end = content.find(kHeaderEnd);
  if (milters->internal()->groups.empty() || header_end == content.npos) {
    co_return true;
  }
  auto plan = std::make_shared<MilterPlan>(*milters->internal());
  plan->failures_refuse = false;
  plan->message_timeout = std::min(plan->message_timeout, kOwnMailTime);
  MilterChain chain(std::move(plan), host.drain, "");
  FilteredMessage message(absl::string_view(content).substr(0, header_end + 2),
                          queue_id);
  std::string text = content.substr(header_end + kHeaderEndBytes);
  BodySource body;
  body.pieces = 1;
  body.read = [&text](size_t) { return text; };
  milter::Macros known = Known(*milters, host, queue_id, envelope);
  const Judgement judgement =
      co_await Show(chain, host, std::move(known), envelope, message, body);
  chain.EndClient();
  if (judgement.refusal) {
    log::Warning("milter_reject", {{"queue_id", queue_id},
                                   {"from", envelope.sender()},
                                   {"reply", judgement.refusal->ToString()},
                                   {"own_mail", "goes as it is"}});
    co_return true;
  }
  if (judgement.discards) co_return false;
  if (judgement.holds || message.quarantine()) envelope.set_hold(true);
  ApplyToEnvelope(message.envelope_changes(), envelope);
  if (message.body()) text = *message.body();
  content = absl::StrCat(message.HeaderText(), text);
  co_return !envelope.recipients().empty();
}

}  // namespace postern::mta::filters
