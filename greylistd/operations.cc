#include "greylistd/operations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "greylistd/reason.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/net/ip.h"

namespace postern::greylistd {
namespace {

// Returns the network that a client's name in the store belongs to: of an
// address, or the network itself.
absl::StatusOr<std::string> NetworkOfClient(const Rules& rules,
                                            absl::string_view client) {
  const absl::StatusOr<net::IpAddress> address = net::IpAddress::Parse(client);
  if (address.ok()) return rules.networks().NetworkOf(*address);
  const absl::StatusOr<net::Network> network = net::Network::Parse(client);
  if (network.ok()) return rules.networks().NetworkOf(network->address());
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", Printable(client), "\" is not an address or a network"));
}

// Writes the address at the front of a triplet as we write it.
std::string WithCanonicalClient(const Rules& rules, absl::string_view triplet,
                                const net::IpAddress& client) {
  const std::string network = rules.networks().NetworkOf(client);
  const absl::string_view address =
      absl::string_view(network).substr(0, network.find('/'));
  return absl::StrCat(address, triplet.substr(triplet.find('/')));
}

}  // namespace

Operations::Operations(Sightings& sightings, const Clock& clock,
                       std::function<std::shared_ptr<const Rules>()> rules)
    : sightings_(sightings), clock_(clock), rules_(std::move(rules)) {}

net::Task<absl::StatusOr<Prospect>> Operations::Peek(Question question,
                                                     net::Deadline deadline) {
  const std::shared_ptr<const Rules> rules = rules_();
  Subject subject;
  CO_ASSIGN_OR_RETURN(subject.client,
                      net::IpAddress::Parse(question.client_address));
  subject.client_name = question.client_name;
  subject.sender = question.sender;
  subject.recipient = question.recipient;
  subject.is_authenticated = question.is_authenticated;
  Prospect prospect;
  prospect.names = rules->NamesOf(subject);
  CO_ASSIGN_OR_RETURN(prospect.records,
                      co_await sightings_.Peek(prospect.names, deadline));
  if (subject.recipient.empty()) co_return prospect;
  const Skip skip = rules->ReasonToSkip(subject);
  if (skip != Skip::kNone) {
    prospect.reason = ReasonOf(skip);
    co_return prospect;
  }
  Records ignored;
  const Outcome outcome =
      Decide(prospect.records, rules->TermsFor(subject.recipient),
             absl::ToUnixSeconds(clock_.Now()), ignored);
  prospect.reason = ReasonOf(outcome.kind);
  prospect.seconds = outcome.seconds;
  if (!outcome.passes() && !rules->is_monitor()) {
    prospect.verdict = rules->WaitVerdict(subject.recipient, outcome.seconds,
                                          /*has_enhanced_codes=*/true);
  } else if (outcome.kind == Outcome::Kind::kFirstPass && outcome.seconds > 0) {
    prospect.verdict = rules->HeaderVerdict(outcome.seconds, clock_.Now());
  }
  co_return prospect;
}

net::Task<absl::StatusOr<Entry>> Operations::Allow(
    std::string client, std::optional<absl::Duration> lifetime,
    net::Deadline deadline) {
  const std::shared_ptr<const Rules> rules = rules_();
  const Terms terms = rules->TermsFor("");
  if (terms.allow_after == 0) {
    co_return absl::FailedPreconditionError(
        "auto_allow.after is 0: clients are not allowed automatically; use "
        "allow_clients");
  }
  Entry entry;
  entry.kind = Entry::Kind::kClient;
  CO_ASSIGN_OR_RETURN(entry.network, NetworkOfClient(*rules, client));
  CO_ASSIGN_OR_RETURN(entry.name, rules->CountedClient(client));
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  entry.client = {terms.allow_after, now};
  entry.expires = lifetime ? now + absl::ToInt64Seconds(*lifetime)
                           : ExpiryOf(entry.client, terms);
  CO_RETURN_IF_ERROR(co_await sightings_.Remember(entry, deadline));
  co_return entry;
}

net::Task<absl::Status> Operations::Forget(Entry::Kind kind, std::string name,
                                           net::Deadline deadline) {
  const std::shared_ptr<const Rules> rules = rules_();
  std::string network;
  if (kind == Entry::Kind::kTriplet) {
    CO_ASSIGN_OR_RETURN(const net::IpAddress client, ClientPartOf(name));
    network = rules->networks().NetworkOf(client);
  } else {
    CO_ASSIGN_OR_RETURN(network, NetworkOfClient(*rules, name));
  }
  co_return co_await sightings_.Forget(kind, network, name, deadline);
}

Operations::Worth Operations::Complete(const Rules& rules, int64_t now,
                                       Entry& entry) const {
  const Terms terms = rules.TermsFor("");
  if (entry.kind == Entry::Kind::kClient) {
    const absl::StatusOr<std::string> network =
        NetworkOfClient(rules, entry.name);
    const absl::StatusOr<std::string> name = rules.CountedClient(entry.name);
    if (!network.ok() || !name.ok() || entry.client.last <= 0) {
      return Worth::kInvalid;
    }
    entry.network = *network;
    entry.name = *name;
    entry.client.last = std::min(entry.client.last, now);
    entry.expires = ExpiryOf(entry.client, terms);
  } else {
    const absl::StatusOr<net::IpAddress> client = ClientPartOf(entry.name);
    TripletRecord& record = entry.triplet;
    if (!client.ok() || record.first <= 0 || record.last < record.first) {
      return Worth::kInvalid;
    }
    entry.network = rules.networks().NetworkOf(*client);
    entry.name = WithCanonicalClient(rules, entry.name, *client);
    ShortenTriplet(entry.name);
    record.passed =
        record.last - record.first >= absl::ToInt64Seconds(terms.delay);
    record.first = std::min(record.first, now);
    record.last = std::min(record.last, now);
    entry.expires = ExpiryOf(record, terms);
  }
  return entry.expires > now ? Worth::kImport : Worth::kExpired;
}

net::Task<absl::StatusOr<ImportCount>> Operations::Import(
    std::vector<Entry> entries, net::Deadline deadline) {
  const std::shared_ptr<const Rules> rules = rules_();
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  ImportCount count;
  for (Entry& entry : entries) {
    const Worth worth = Complete(*rules, now, entry);
    if (worth == Worth::kImport) {
      CO_RETURN_IF_ERROR(
          co_await sightings_.Remember(std::move(entry), deadline));
      ++count.imported;
    } else if (worth == Worth::kExpired) {
      ++count.expired;
    } else {
      ++count.invalid;
    }
  }
  co_return count;
}

}  // namespace postern::greylistd
