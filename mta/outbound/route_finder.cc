#include "mta/outbound/route_finder.h"

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/mail/address.h"
#include "mta/outbound/known_outcome.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

using HopKind = routing::NextHop::Kind;
using rewriting::AddressClass;

const routing::NextHop kNowhere = {HopKind::kNowhere, "", 0};

// A wrong value is a mistake that only its author can mend.
queue::Outcome WrongTransport(const absl::Status& why,
                              absl::string_view recipient) {
  const bool is_wrong = why.code() == absl::StatusCode::kInvalidArgument;
  log::Warning("transport_unknown",
               {{"to", recipient}, {"why", why.message()}});
  return Deferred(Cause::kConfiguration, is_wrong ? "4.3.5" : "4.3.0",
                  absl::StrCat("transport lookup failed: ", why.message()));
}

}  // namespace

net::Task<routing::Route> RouteFinder::RouteOf(
    const Guides& guides, const spool::v1::Envelope& envelope, int index,
    queue::Outcome& outcome) const {
  const spool::v1::Recipient& recipient = envelope.recipients(index);
  routing::Route route;
  // The null sender stays: nobody answers a bounce (RFC 5321 section 4.5.5).
  const bool has_owner =
      !recipient.owner().empty() && !envelope.sender().empty();
  route.sender = has_owner ? recipient.owner() : envelope.sender();
  if (std::optional<queue::Outcome> known = KnownOutcome(recipient)) {
    route.next_hop = kNowhere;
    outcome = *std::move(known);
    co_return route;
  }
  if (!recipient.file().empty() || !recipient.command().empty()) {
    const bool is_file = !recipient.file().empty();
    route.next_hop.kind = is_file ? HopKind::kFile : HopKind::kCommand;
    route.next_hop.host = is_file ? recipient.file() : recipient.command();
    co_return route;
  }
  routing::NextHop next_hop =
      co_await NextHopFor(guides, route.sender, recipient.address(), outcome);
  route.next_hop = std::move(next_hop);
  co_return route;
}

net::Task<routing::NextHop> RouteFinder::NextHopFor(
    const Guides& guides, std::string sender, std::string recipient,
    queue::Outcome& outcome) const {
  const absl::StatusOr<mail::Address> address =
      mail::Address::Parse(recipient, mail::Charset::kUtf8);
  if (!address.ok()) co_return router_.For(recipient);
  const absl::StatusOr<AddressClass> address_class =
      co_await guides.addresses.ClassOf(*address);
  if (!address_class.ok()) {
    outcome = Deferred(Cause::kConfiguration, "4.3.0",
                       absl::StrCat("mailbox lookup failed: ",
                                    address_class.status().message()));
    co_return kNowhere;
  }
  const absl::StatusOr<routing::Transport> transport =
      co_await guides.transports.Find(*address_class, std::move(sender),
                                      *address);
  if (!transport.ok()) {
    outcome = WrongTransport(transport.status(), recipient);
    co_return kNowhere;
  }
  absl::StatusOr<routing::NextHop> hop = router_.For(recipient, *transport);
  if (!hop.ok()) {
    outcome = WrongTransport(hop.status(), recipient);
    co_return kNowhere;
  }
  co_return *std::move(hop);
}

}  // namespace postern::mta::outbound
