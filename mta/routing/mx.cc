#include "mta/routing/mx.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/random.h"
#include "lib/dns/host.h"
#include "lib/dns/mx.h"

namespace postern::mta::routing {
namespace {

constexpr size_t kMaxExchangers = 16;
constexpr size_t kAddressesOfOneAmongSeveral = 3;

Candidates Trouble(int code, absl::string_view status, std::string text) {
  return {{}, smtp::Reply{code, std::string(status), std::move(text)}};
}

Candidates DnsFailure(absl::string_view name, const absl::Status& status) {
  return Trouble(451, "4.4.3",
                 absl::StrCat("name service error for ", Printable(name), ": ",
                              Printable(status.message())));
}

Candidates Loop(absl::string_view name) {
  return Trouble(
      554, "5.4.6",
      absl::StrCat("mail for ", Printable(name), " loops back to myself"));
}

// The exchangers as they are to be tried, a group a preference. Within a group
// the order is random (RFC 5321 section 5.1).
std::vector<dns::MxGroup> InTurn(std::vector<dns::MxGroup> groups) {
  size_t room = kMaxExchangers;
  for (dns::MxGroup& group : groups) {
    for (size_t i = group.hosts.size(); i > 1; --i) {
      std::swap(group.hosts[i - 1], group.hosts[RandomBelow(i)]);
    }
    group.hosts.resize(std::min(group.hosts.size(), room));
    room -= group.hosts.size();
  }
  return groups;
}

size_t CountHosts(const std::vector<dns::MxGroup>& groups) {
  size_t count = 0;
  for (const dns::MxGroup& group : groups) count += group.hosts.size();
  return count;
}

// Collects the hosts of a next hop, exchanger by exchanger.
class Gathering {
 public:
  Gathering(const NextHop& hop, const OwnEndpoints& own, size_t limit,
            bool are_names_secure)
      : hop_(hop),
        own_(own),
        limit_(limit),
        are_names_secure_(are_names_secure) {}

  // Begins a preference. What it brings counts only if we are not in it.
  void BeginGroup() { sure_ = hosts_.size(); }

  void Add(const std::string& name, const dns::HostAddresses& found,
           size_t at_most) {
    for (const net::IpAddress& address : found.addresses) {
      if (own_.Contain(address, hop_.port)) loops_ = true;
      if (at_most == 0) continue;
      --at_most;
      Host host = {name, address, hop_.port};
      host.is_name_secure = are_names_secure_;
      host.is_address_secure = found.secure;
      host.canonical_name = found.canonical_name;
      hosts_.push_back(std::move(host));
    }
  }
  void AddFailure(const std::string& name, const absl::Status& status) {
    if (!failure_.trouble) failure_ = DnsFailure(name, status);
  }
  void AddLoop() { loops_ = true; }

  // Ends a preference; true: nothing behind it matters any more.
  bool EndGroup() {
    if (loops_) hosts_.resize(sure_);
    return loops_ || hosts_.size() >= limit_;
  }

  Candidates Finish() {
    if (!hosts_.empty()) {
      hosts_.resize(std::min(hosts_.size(), limit_));
      return {std::move(hosts_), std::nullopt};
    }
    if (loops_) return Loop(hop_.host);
    if (failure_.trouble) return std::move(failure_);
    return Trouble(
        550, "5.4.4",
        absl::StrCat("no host of ", Printable(hop_.host), " has an address"));
  }

 private:
  const NextHop& hop_;
  const OwnEndpoints& own_;
  const size_t limit_;
  const bool are_names_secure_;
  std::vector<Host> hosts_;
  size_t sure_ = 0;
  bool loops_ = false;
  Candidates failure_;
};

}  // namespace

std::string Host::ToString() const {
  if (!socket.empty()) return absl::StrCat(name, "[", Printable(socket), "]");
  return absl::StrCat(Printable(name), "[", address.ToString(), "]:", port);
}

net::Task<Candidates> MxFinder::Find(NextHop next_hop,
                                     net::Deadline deadline) const {
  const std::vector<NextHop::Place> others = std::exchange(next_hop.others, {});
  Candidates found = co_await FindOne(next_hop, deadline);
  size_t number = 0;
  for (const NextHop::Place& place : others) {
    next_hop.kind = place.kind;
    next_hop.host = place.host;
    next_hop.port = place.port;
    Candidates more = co_await FindOne(next_hop, deadline);
    ++number;
    for (Host& host : more.hosts) host.place = number;
    found.hosts.insert(found.hosts.end(), more.hosts.begin(), more.hosts.end());
    // What is to be tried again counts more than what failed for good.
    if (found.trouble && found.trouble->kind() == 5 && more.trouble) {
      found.trouble = std::move(more.trouble);
    }
  }
  if (!found.hosts.empty()) found.trouble.reset();
  co_return found;
}

net::Task<Candidates> MxFinder::FindOne(NextHop next_hop,
                                        net::Deadline deadline) const {
  Candidates found;
  if (next_hop.kind == NextHop::Kind::kSocket) {
    Host host = {"unix", net::IpAddress(), 0, next_hop.host};
    found.hosts.push_back(std::move(host));
    co_return found;
  }
  if (next_hop.kind == NextHop::Kind::kMx) {
    found = co_await FindMx(next_hop, deadline);
  } else {
    found = co_await FindHost(next_hop, deadline);
  }
  if (next_hop.is_relayhost && found.trouble && found.trouble->kind() == 5) {
    found = Trouble(451, "4.3.5",
                    absl::StrCat("the next hop in the settings is wrong: ",
                                 found.trouble->text));
  }
  co_return found;
}

net::Task<Candidates> MxFinder::FindHost(NextHop next_hop,
                                         net::Deadline deadline) const {
  absl::StatusOr<dns::HostAddresses> found =
      co_await dns::ResolveHost(resolver_, next_hop.host, deadline);
  if (!found.ok()) co_return DnsFailure(next_hop.host, found.status());
  if (!found->exists) {
    co_return Trouble(550, "5.4.4",
                      absl::StrCat("no such host: ", Printable(next_hop.host)));
  }
  Gathering gathering(next_hop, own_, address_limit_,
                      /*are_names_secure=*/true);
  gathering.BeginGroup();
  gathering.Add(next_hop.host, *found, address_limit_);
  gathering.EndGroup();
  co_return gathering.Finish();
}

net::Task<Candidates> MxFinder::FindMx(NextHop next_hop,
                                       net::Deadline deadline) const {
  absl::StatusOr<dns::MailHosts> mail =
      co_await dns::LookupMx(resolver_, next_hop.host, deadline);
  if (!mail.ok()) co_return DnsFailure(next_hop.host, mail.status());
  if (mail->outcome == dns::MailHosts::Outcome::kNullMx) {
    co_return Trouble(556, "5.1.10",
                      absl::StrCat("domain ", Printable(next_hop.host),
                                   " takes no mail (null MX)"));
  }
  if (mail->outcome == dns::MailHosts::Outcome::kNoSuchDomain) {
    co_return Trouble(
        550, "5.1.2",
        absl::StrCat("domain ", Printable(next_hop.host), " does not exist"));
  }
  const std::vector<dns::MxGroup> groups = InTurn(std::move(mail->groups));
  const size_t of_each =
      CountHosts(groups) > 1 ? kAddressesOfOneAmongSeveral : address_limit_;
  Gathering gathering(next_hop, own_, address_limit_, mail->secure);
  for (const dns::MxGroup& group : groups) {
    gathering.BeginGroup();
    for (const std::string& name : group.hosts) {
      if (own_.IsOwnName(name)) {
        gathering.AddLoop();
        continue;
      }
      absl::StatusOr<dns::HostAddresses> found =
          co_await dns::ResolveHost(resolver_, name, deadline);
      if (found.ok()) {
        gathering.Add(name, *found, of_each);
      } else {
        gathering.AddFailure(name, found.status());
      }
    }
    if (gathering.EndGroup()) break;
  }
  co_return gathering.Finish();
}

}  // namespace postern::mta::routing
