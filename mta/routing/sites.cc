#include "mta/routing/sites.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace postern::mta::routing {
namespace {

constexpr size_t kMostKnown = 20'000;
constexpr absl::Duration kMemory = absl::Minutes(1);

}  // namespace

Site SiteOf(const NextHop& next_hop, const dns::MailHosts& mail) {
  Site site;
  for (const dns::MxGroup& group : mail.groups) {
    // What is equally good is tried in any order, so it is a set.
    absl::string_view separator = site.name.empty() ? "mx " : ";";
    for (const std::string& host : group.hosts) {
      site.hosts.push_back(absl::AsciiStrToLower(host));
      absl::StrAppend(&site.name, separator, site.hosts.back());
      separator = ",";
    }
  }
  if (site.hosts.empty()) {
    site.name = next_hop.ToString();
  } else {
    absl::StrAppend(&site.name, ":", next_hop.port);
  }
  // What goes wrong at a relayhost means something else.
  if (next_hop.is_relayhost) absl::StrAppend(&site.name, " relayhost");
  return site;
}

net::Task<Site> Sites::Of(NextHop next_hop, net::Deadline deadline) {
  Site site;
  if (next_hop.kind != NextHop::Kind::kMx || !next_hop.others.empty()) {
    co_return SiteOf(next_hop, dns::MailHosts());
  }
  if (Recall(next_hop, site)) co_return site;
  absl::StatusOr<dns::MailHosts> mail =
      co_await dns::LookupMx(resolver_, next_hop.host, deadline);
  // Who delivers asks again, and says what is wrong.
  if (!mail.ok()) co_return SiteOf(next_hop, dns::MailHosts());
  site = SiteOf(next_hop, *mail);
  Remember(next_hop, site);
  co_return site;
}

bool Sites::Recall(const NextHop& next_hop, Site& site) const {
  absl::MutexLock lock(&mutex_);
  const auto found = known_.find(next_hop);
  if (found == known_.end() || found->second.until.has_passed()) return false;
  site = found->second.site;
  return true;
}

void Sites::Remember(const NextHop& next_hop, const Site& site) {
  absl::MutexLock lock(&mutex_);
  if (known_.size() >= kMostKnown) {
    absl::erase_if(known_, [](const auto& entry) {
      return entry.second.until.has_passed();
    });
    if (known_.size() >= kMostKnown) known_.clear();
  }
  known_.insert_or_assign(next_hop, Known{site, net::Deadline::After(kMemory)});
}

}  // namespace postern::mta::routing
