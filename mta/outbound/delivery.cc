#include "mta/outbound/delivery.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/net/event.h"
#include "lib/net/runtime.h"
#include "mta/outbound/dead_end.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

using HopKind = routing::NextHop::Kind;
using Kind = queue::Outcome::Kind;

constexpr const char* kTransports[] = {"smtp",  "virtual", "local", "none",
                                       "error", "discard", "lmtp",  "pipe"};
constexpr size_t kTransportCount = std::size(kTransports);
constexpr const char* kStatuses[] = {"sent", "deferred", "bounced"};

size_t TransportOf(const routing::Group& group) {
  switch (group.route.next_hop.kind) {
    case HopKind::kNowhere:
      return 3;
    case HopKind::kLocal:
    case HopKind::kFile:
    case HopKind::kCommand:
      return 2;
    case HopKind::kMailbox:
      return 1;
    case HopKind::kPipe:
      return 7;
    case HopKind::kError:
    case HopKind::kRetry:
      return 4;
    case HopKind::kDiscard:
      return 5;
    case HopKind::kSocket:
    case HopKind::kHost:
    case HopKind::kMx:
      return group.route.next_hop.is_lmtp ? 6 : 0;
  }
  return 0;
}

size_t StatusIndex(const queue::Outcome& outcome) {
  switch (outcome.kind) {
    case Kind::kDelivered:
      return 0;
    case Kind::kDeferred:
      return 1;
    case Kind::kFailed:
      return 2;
  }
  return 1;
}

absl::string_view RelayOf(const queue::Outcome& outcome,
                          const routing::Group& group) {
  if (!outcome.host.empty()) return outcome.host;
  if (!group.route.next_hop.pipe.empty()) return group.route.next_hop.pipe;
  const size_t transport = TransportOf(group);
  const bool is_box = transport == 1 || transport == 2;
  return is_box ? kTransports[transport] : "none";
}

}  // namespace

struct Delivery::Metrics {
  explicit Metrics(metrics::Registry& registry) {
    for (size_t t = 0; t < kTransportCount; ++t) {
      for (size_t s = 0; s < 3; ++s) {
        recipients[t][s] = &registry.AddCounter(
            "postern_mta_delivery_recipients_total",
            "What became of recipients in an attempt.",
            {{"transport", kTransports[t]}, {"status", kStatuses[s]}});
      }
      delay[t] = &registry.AddHistogram(
          "postern_mta_delivery_delay_seconds",
          "From accepting a message to its delivery, a recipient.",
          metrics::LatencyBounds(), {{"transport", kTransports[t]}});
    }
  }

  metrics::Counter* recipients[kTransportCount][3];
  metrics::Histogram* delay[kTransportCount];
};

// Groups that are delivered side by side, all on one reactor.
struct Delivery::Trip {
  std::vector<queue::Outcome>& outcomes;
  size_t under_way = 0;
  net::Event all_done;
};

absl::StatusOr<std::unique_ptr<Delivery>> Delivery::Create(
    const config::v1::Mta& config, DeliveryParts parts) {
  ASSIGN_OR_RETURN(routing::Router router, routing::Router::FromConfig(config));
  ASSIGN_OR_RETURN(std::unique_ptr<Mailroom> mailroom,
                   Mailroom::Create(config));
  ASSIGN_OR_RETURN(std::unique_ptr<Commands> commands,
                   Commands::Create(config, parts.drain));
  ASSIGN_OR_RETURN(std::unique_ptr<Pipes> pipes,
                   Pipes::Create(config, parts.drain));
  ASSIGN_OR_RETURN(PoolOptions pool,
                   PoolOptions::FromConfig(config, {.redis = parts.redis}));
  pool.sts = parts.sts;
  pool.on_tls = parts.on_tls;
  return std::unique_ptr<Delivery>(
      new Delivery(config, std::move(pool), std::move(parts), std::move(router),
                   std::move(mailroom), std::move(commands), std::move(pipes)));
}

Delivery::Delivery(const config::v1::Mta& config, PoolOptions pool,
                   DeliveryParts parts, routing::Router router,
                   std::unique_ptr<Mailroom> mailroom,
                   std::unique_ptr<Commands> commands,
                   std::unique_ptr<Pipes> pipes)
    : parts_(std::move(parts)),
      routes_(std::move(router)),
      finder_(parts_.resolver, parts_.own, config.smtp().mx_address_limit()),
      mailroom_(std::move(mailroom)),
      commands_(std::move(commands)),
      pipes_(std::move(pipes)),
      shows_original_(config.enable_original_recipient()),
      metrics_(std::make_unique<Metrics>(parts_.metrics)),
      pool_(std::move(pool), parts_.resolver, finder_, parts_.drain,
            parts_.metrics) {}

Delivery::~Delivery() = default;

net::Task<std::vector<queue::Outcome>> Delivery::Attempt(
    const queue::Errand& errand) {
  const int count = errand.envelope.recipients_size();
  std::vector<queue::Outcome> outcomes(count);
  std::vector<routing::Route> routes;
  const std::shared_ptr<const rewriting::AddressBook> book = parts_.addresses();
  const std::shared_ptr<const routing::TransportMap> transports =
      parts_.transports();
  const Guides guides = {*book, *transports};
  for (int i = 0; i < count; ++i) {
    routing::Route route =
        co_await routes_.RouteOf(guides, errand.envelope, i, outcomes[i]);
    routes.push_back(std::move(route));
  }
  const std::vector<routing::Group> groups = routing::GroupsOf(routes);
  if (groups.size() == 1) {
    co_await DeliverGroup(errand, groups.front(), outcomes);
    co_return outcomes;
  }
  Trip trip{.outcomes = outcomes, .under_way = groups.size(), .all_done = {}};
  for (const routing::Group& group : groups) {
    net::Spawn(parts_.drain, DeliverBeside(errand, group, trip));
  }
  bool is_done = groups.empty();
  while (!is_done) {
    is_done = co_await trip.all_done.Wait(net::Deadline::After(absl::Hours(1)));
  }
  co_return outcomes;
}

net::Task<> Delivery::DeliverBeside(const queue::Errand& errand,
                                    const routing::Group& group, Trip& trip) {
  co_await DeliverGroup(errand, group, trip.outcomes);
  if (--trip.under_way == 0) trip.all_done.Set();
}

net::Task<> Delivery::DeliverGroup(const queue::Errand& errand,
                                   const routing::Group& group,
                                   std::vector<queue::Outcome>& outcomes) {
  switch (group.route.next_hop.kind) {
    case HopKind::kNowhere:
      break;
    case HopKind::kLocal:
    case HopKind::kMailbox:
    case HopKind::kFile:
    case HopKind::kCommand:
      co_await DeliverHere(errand, group, outcomes);
      break;
    case HopKind::kPipe:
      co_await DeliverToPipe(errand, group, outcomes);
      break;
    case HopKind::kError:
    case HopKind::kRetry:
    case HopKind::kDiscard:
      for (const size_t i : group.recipients) {
        outcomes[i] = DeadEndOutcome(
            group.route.next_hop,
            errand.envelope.recipients(static_cast<int>(i)).address());
      }
      break;
    case HopKind::kSocket:
    case HopKind::kHost:
    case HopKind::kMx:
      co_await DeliverOverSmtp(errand, group, outcomes);
      break;
  }
  Report(errand, group, outcomes);
}

net::Task<> Delivery::DeliverOverSmtp(const queue::Errand& errand,
                                      const routing::Group& group,
                                      std::vector<queue::Outcome>& outcomes) {
  Parcel parcel = MakeParcel(errand, group.recipients);
  parcel.sender = group.route.sender;
  // ENVID and RET are the sender's, not those of a list's owner.
  if (parcel.sender != errand.envelope.sender()) parcel.mail_dsn.clear();
  routing::NextHop next_hop = group.route.next_hop;
  // RFC 8460 section 3: reports arrive in spite of what they are about.
  next_hop.is_tls_optional = errand.envelope.is_tls_report();
  std::vector<queue::Outcome> results =
      co_await pool_.Deliver(next_hop, parcel);
  for (size_t i = 0; i < group.recipients.size(); ++i) {
    outcomes[group.recipients[i]] = std::move(results[i]);
  }
}

net::Task<> Delivery::DeliverToPipe(const queue::Errand& errand,
                                    const routing::Group& group,
                                    std::vector<queue::Outcome>& outcomes) {
  const PipeJob job = {errand, group.route.sender, group.route.next_hop.host,
                       group.recipients, parts_.clock.Now()};
  std::vector<queue::Outcome> results =
      co_await pipes_->Deliver(group.route.next_hop.pipe, job);
  for (size_t i = 0; i < group.recipients.size(); ++i) {
    outcomes[group.recipients[i]] = std::move(results[i]);
  }
}

net::Task<> Delivery::DeliverHere(const queue::Errand& errand,
                                  const routing::Group& group,
                                  std::vector<queue::Outcome>& outcomes) {
  const std::shared_ptr<const rewriting::AddressBook> book = parts_.addresses();
  for (const size_t i : group.recipients) {
    queue::Outcome outcome =
        co_await DeliverToBox(errand, group.route, book, static_cast<int>(i));
    outcomes[i] = std::move(outcome);
  }
}

Letter Delivery::LetterFor(const queue::Errand& errand,
                           const routing::Route& route, int index) const {
  const spool::v1::Recipient& recipient = errand.envelope.recipients(index);
  Letter letter;
  letter.sender = route.sender;
  letter.recipient = recipient.address();
  letter.now = parts_.clock.Now();
  letter.content = &errand.content;
  if (shows_original_) {
    letter.original_recipient = recipient.given_address().empty()
                                    ? recipient.address()
                                    : recipient.given_address();
  }
  return letter;
}

net::Task<queue::Outcome> Delivery::DeliverToBox(
    const queue::Errand& errand, const routing::Route& route,
    std::shared_ptr<const rewriting::AddressBook> book, int index) const {
  const Letter letter = LetterFor(errand, route, index);
  if (route.next_hop.kind == HopKind::kFile) {
    queue::Outcome outcome =
        co_await mailroom_->DeliverToFile(route.next_hop.host, letter);
    co_return outcome;
  }
  if (route.next_hop.kind == HopKind::kCommand) {
    queue::Outcome outcome =
        co_await commands_->Deliver(route.next_hop.host, letter);
    co_return outcome;
  }
  const absl::StatusOr<mail::Address> address = mail::Address::Parse(
      errand.envelope.recipients(index).address(), mail::Charset::kUtf8);
  if (!address.ok()) co_return Failed("5.1.3", address.status().message());
  if (route.next_hop.kind == HopKind::kMailbox) {
    queue::Outcome outcome =
        co_await mailroom_->DeliverToMailbox(*book, *address, letter);
    co_return outcome;
  }
  queue::Outcome outcome = co_await mailroom_->DeliverToUser(
      address->local_part, book->delimiters(), letter);
  co_return outcome;
}

net::Task<queue::Outcome> Delivery::Probe(std::string sender,
                                          std::string recipient) {
  const std::shared_ptr<const rewriting::AddressBook> book = parts_.addresses();
  const std::shared_ptr<const routing::TransportMap> transports =
      parts_.transports();
  const Guides guides = {*book, *transports};
  queue::Outcome known;
  const routing::NextHop next_hop =
      co_await routes_.NextHopFor(guides, sender, recipient, known);
  if (next_hop.kind == HopKind::kNowhere) co_return known;
  if (next_hop.kind == HopKind::kPipe) {
    co_return Delivered("2.1.5", "a command takes it");
  }
  if (IsDeadEnd(next_hop)) co_return DeadEndOutcome(next_hop, recipient);
  if (next_hop.kind == HopKind::kLocal || next_hop.kind == HopKind::kMailbox) {
    const absl::StatusOr<mail::Address> address =
        mail::Address::Parse(recipient, mail::Charset::kUtf8);
    if (!address.ok()) co_return Failed("5.1.3", address.status().message());
    const absl::StatusOr<rewriting::Listing> listing = co_await book->ListingOf(
        *address, rewriting::AddressBook::Role::kRecipient);
    if (!listing.ok())
      co_return Deferred(Cause::kConfiguration, "4.3.0",
                         listing.status().message());
    co_return listing->unlisted ? Failed("5.1.1", "unknown user")
                                : Delivered("2.1.5", "the mailbox is here");
  }
  Parcel parcel;
  parcel.sender = sender;
  parcel.recipients = {recipient};
  std::vector<queue::Outcome> outcomes =
      co_await pool_.Deliver(next_hop, parcel);
  co_return std::move(outcomes.front());
}

void Delivery::Report(const queue::Errand& errand, const routing::Group& group,
                      const std::vector<queue::Outcome>& outcomes) const {
  const size_t transport = TransportOf(group);
  const double delay = absl::ToDoubleSeconds(
      parts_.clock.Now() - absl::FromUnixMicros(errand.envelope.queued_us()));
  for (const size_t i : group.recipients) {
    const queue::Outcome& outcome = outcomes[i];
    const size_t status = StatusIndex(outcome);
    metrics_->recipients[transport][status]->Increment();
    if (status == 0) metrics_->delay[transport]->Observe(delay);
    if (!log::IsOn(log::Level::kInfo)) continue;
    log::Info(
        "delivery",
        {{"queue_id", errand.queue_id},
         {"session", errand.envelope.session()},
         {"to", errand.envelope.recipients(static_cast<int>(i)).address()},
         {"relay", RelayOf(outcome, group)},
         {"delay", absl::StrFormat("%.2f", delay)},
         {"dsn", outcome.status},
         {"status", kStatuses[status]},
         {"cause", outcome.kind == queue::Outcome::Kind::kDeferred
                       ? queue::CauseName(outcome.cause)
                       : "none"},
         {"response", outcome.reply}});
  }
}

}  // namespace postern::mta::outbound
