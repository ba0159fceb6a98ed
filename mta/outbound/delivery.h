// Takes a message to all its recipients: the relay's courier.
//
// The recipients are grouped by next hop, the groups are delivered side by
// side, and each recipient gets exactly one outcome and one log line, in the
// words that Postfix uses:
//
//   event=delivery queue_id=… to=a@example.org
//   relay=mx.example.org[192.0.2.1]:25 delay=0.42 dsn=2.0.0 status=sent
//   response="250 2.0.0 queued as 4711"
//
//   ASSIGN_OR_RETURN(std::unique_ptr<Delivery> courier,
//                    Delivery::Create(config, parts));
//
// With relay=none nobody else was asked; mail for a mailbox here has
// relay=local or relay=virtual, as has what goes to a file or a command, and
// what goes to a transport that is a command has its name. What
// transports are chosen by is found by route_finder.h.
//
// Errors:  Create() returns InvalidArgument; the text starts with the config
//          field at fault. An attempt never fails as a whole.
// Threads: Attempt() on any reactor.

#ifndef POSTERN_MTA_OUTBOUND_DELIVERY_H_
#define POSTERN_MTA_OUTBOUND_DELIVERY_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/base/clock.h"
#include "lib/dns/resolver.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/task.h"
#include "mta/outbound/commands.h"
#include "mta/outbound/mailroom.h"
#include "mta/outbound/pipes.h"
#include "mta/outbound/pool.h"
#include "mta/outbound/route_finder.h"
#include "mta/queue/courier.h"
#include "mta/rewriting/address_book.h"
#include "mta/routing/mx.h"
#include "mta/routing/next_hop.h"
#include "mta/routing/own_endpoints.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::outbound {

// What a delivery works with; all of it must outlive the delivery.
struct DeliveryParts {
  dns::Resolver& resolver;
  const routing::OwnEndpoints& own;
  // What the tables say now; never returns nullptr. On any reactor.
  std::function<std::shared_ptr<const rewriting::AddressBook>()> addresses;
  std::function<std::shared_ptr<const routing::TransportMap>()> transports;
  const Clock& clock;
  net::Drain& drain;
  metrics::Registry& metrics;
  redis::Client* redis = nullptr;     // For tables; nullptr: there is none.
  routing::StsFinder* sts = nullptr;  // As PoolOptions::sts.
  // As PoolOptions::on_tls.
  std::function<void(const routing::TlsFinding&)> on_tls = nullptr;
};

class Delivery final : public queue::Courier {
 public:
  static absl::StatusOr<std::unique_ptr<Delivery>> Create(
      const config::v1::Mta& config, DeliveryParts parts);
  ~Delivery() override;

  net::Task<std::vector<queue::Outcome>> Attempt(
      const queue::Errand& errand) override;

  // Finds out what would become of mail to `recipient`, without sending any:
  // the same way to the same host, but only as far as RCPT. Counts and logs
  // nothing.
  net::Task<queue::Outcome> Probe(std::string sender, std::string recipient);

  // For the operator.
  Pool& pool() { return pool_; }

  // As Pool::Refresh().
  absl::Status Refresh() { return pool_.Refresh(); }

 private:
  struct Metrics;
  struct Trip;

  Delivery(const config::v1::Mta& config, PoolOptions pool, DeliveryParts parts,
           routing::Router router, std::unique_ptr<Mailroom> mailroom,
           std::unique_ptr<Commands> commands, std::unique_ptr<Pipes> pipes);

  net::Task<> DeliverGroup(const queue::Errand& errand,
                           const routing::Group& group,
                           std::vector<queue::Outcome>& outcomes);
  net::Task<> DeliverBeside(const queue::Errand& errand,
                            const routing::Group& group, Trip& trip);
  net::Task<> DeliverOverSmtp(const queue::Errand& errand,
                              const routing::Group& group,
                              std::vector<queue::Outcome>& outcomes);
  net::Task<> DeliverToPipe(const queue::Errand& errand,
                            const routing::Group& group,
                            std::vector<queue::Outcome>& outcomes);
  net::Task<> DeliverHere(const queue::Errand& errand,
                          const routing::Group& group,
                          std::vector<queue::Outcome>& outcomes);
  // The recipient is among those of the errand.
  Letter LetterFor(const queue::Errand& errand, const routing::Route& route,
                   int index) const;
  net::Task<queue::Outcome> DeliverToBox(
      const queue::Errand& errand, const routing::Route& route,
      std::shared_ptr<const rewriting::AddressBook> book, int index) const;
  void Report(const queue::Errand& errand, const routing::Group& group,
              const std::vector<queue::Outcome>& outcomes) const;

  const DeliveryParts parts_;
  const RouteFinder routes_;
  const routing::MxFinder finder_;
  const std::unique_ptr<Mailroom> mailroom_;
  const std::unique_ptr<Commands> commands_;
  const std::unique_ptr<Pipes> pipes_;
  const bool shows_original_;
  std::unique_ptr<Metrics> metrics_;
  Pool pool_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_DELIVERY_H_
