#include "mta/outbound/delivery.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/net/event.h"
#include "lib/net/runtime.h"
#include "mta/outbound/mailbox.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

using Kind = queue::Outcome::Kind;

constexpr const char* kTransports[] = {"smtp", "maildir"};
constexpr const char* kStatuses[] = {"sent", "deferred", "bounced"};

size_t TransportOf(const routing::Group& group) {
  return group.next_hop.kind == routing::NextHop::Kind::kMailbox ? 1 : 0;
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

std::vector<absl::string_view> RecipientsOf(const queue::Errand& errand) {
  std::vector<absl::string_view> recipients;
  recipients.reserve(errand.envelope.recipients_size());
  for (const spool::v1::Recipient& recipient : errand.envelope.recipients()) {
    recipients.push_back(recipient.address());
  }
  return recipients;
}

absl::string_view RelayOf(const queue::Outcome& outcome, size_t transport) {
  if (!outcome.host.empty()) return outcome.host;
  return transport == 1 ? "maildir" : "none";
}

}  // namespace

struct Delivery::Metrics {
  explicit Metrics(metrics::Registry& registry) {
    for (size_t t = 0; t < 2; ++t) {
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

  metrics::Counter* recipients[2][3];
  metrics::Histogram* delay[2];
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
  if (config.virtual_mailbox_domains_size() > 0) {
    if (config.virtual_mailbox_base().empty()) {
      return absl::InvalidArgumentError(
          "virtual_mailbox_base: virtual_mailbox_domains need it");
    }
    if (!parts.mailbox_of) {
      return absl::InvalidArgumentError(
          "virtual_mailbox_maps: virtual_mailbox_domains need them");
    }
  }
  return std::unique_ptr<Delivery>(
      new Delivery(config, std::move(parts), std::move(router)));
}

Delivery::Delivery(const config::v1::Mta& config, DeliveryParts parts,
                   routing::Router router)
    : parts_(std::move(parts)),
      router_(std::move(router)),
      finder_(parts_.resolver, parts_.own, config.smtp().mx_address_limit()),
      mailbox_base_(config.virtual_mailbox_base()),
      hostname_(config.myhostname()),
      metrics_(std::make_unique<Metrics>(parts_.metrics)),
      pool_(PoolOptions::FromConfig(config), finder_, parts_.drain,
            parts_.metrics) {}

Delivery::~Delivery() = default;

net::Task<std::vector<queue::Outcome>> Delivery::Attempt(
    const queue::Errand& errand) {
  const std::vector<routing::Group> groups =
      router_.GroupsOf(RecipientsOf(errand));
  std::vector<queue::Outcome> outcomes(errand.envelope.recipients_size());
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
  if (group.next_hop.kind == routing::NextHop::Kind::kMailbox) {
    co_await DeliverHere(errand, group, outcomes);
  } else {
    co_await DeliverOverSmtp(errand, group, outcomes);
  }
  Report(errand, group, outcomes);
}

net::Task<> Delivery::DeliverOverSmtp(const queue::Errand& errand,
                                      const routing::Group& group,
                                      std::vector<queue::Outcome>& outcomes) {
  const Parcel parcel = MakeParcel(errand, group.recipients);
  std::vector<queue::Outcome> results =
      co_await pool_.Deliver(group.next_hop, parcel);
  for (size_t i = 0; i < group.recipients.size(); ++i) {
    outcomes[group.recipients[i]] = std::move(results[i]);
  }
}

net::Task<> Delivery::DeliverHere(const queue::Errand& errand,
                                  const routing::Group& group,
                                  std::vector<queue::Outcome>& outcomes) {
  for (const size_t i : group.recipients) {
    const std::string& recipient =
        errand.envelope.recipients(static_cast<int>(i)).address();
    const auto deliver = [this, &errand, &recipient] {
      return DeliverToMailbox(errand, recipient);
    };
    queue::Outcome outcome = co_await net::Blocking(deliver);
    outcomes[i] = std::move(outcome);
  }
}

queue::Outcome Delivery::DeliverToMailbox(const queue::Errand& errand,
                                          absl::string_view recipient) const {
  const absl::StatusOr<std::optional<std::string>> path =
      parts_.mailbox_of(recipient);
  if (!path.ok()) {
    return Deferred("4.3.0", absl::StrCat("mailbox lookup failed: ",
                                          path.status().message()));
  }
  if (!path->has_value()) {
    return Failed("5.1.1", absl::StrCat("unknown user: ", recipient));
  }
  const absl::StatusOr<Mailbox> mailbox =
      Mailbox::At(mailbox_base_, **path, hostname_);
  if (!mailbox.ok()) return Deferred("4.3.5", mailbox.status().message());
  return mailbox->Deliver({.sender = errand.envelope.sender(),
                           .recipient = recipient,
                           .now = parts_.clock.Now(),
                           .content = &errand.content});
}

net::Task<queue::Outcome> Delivery::Probe(std::string sender,
                                          std::string recipient) {
  const routing::NextHop next_hop = router_.For(recipient);
  if (next_hop.kind == routing::NextHop::Kind::kMailbox) {
    const auto look = [this, &recipient] {
      return parts_.mailbox_of(recipient);
    };
    const absl::StatusOr<std::optional<std::string>> path =
        co_await net::Blocking(look);
    if (!path.ok()) co_return Deferred("4.3.0", path.status().message());
    co_return path->has_value() ? Delivered("2.1.5", "the mailbox is here")
                                : Failed("5.1.1", "unknown user");
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
         {"relay", RelayOf(outcome, transport)},
         {"delay", absl::StrFormat("%.2f", delay)},
         {"dsn", outcome.status},
         {"status", kStatuses[status]},
         {"response", outcome.reply}});
  }
}

}  // namespace postern::mta::outbound
