#include "lib/dns/mx.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "lib/base/status_macros.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

constexpr size_t kMaxHosts = 50;

// A host that stands there twice counts where it is preferred most.
void RemoveRepeatedHosts(std::vector<Mx>& sorted) {
  std::vector<Mx> kept;
  for (Mx& mx : sorted) {
    if (kept.size() == kMaxHosts) break;
    const bool is_known =
        std::any_of(kept.begin(), kept.end(),
                    [&mx](const Mx& other) { return other.host == mx.host; });
    if (!is_known) kept.push_back(std::move(mx));
  }
  sorted = std::move(kept);
}

}  // namespace

MailHosts OrderMx(std::vector<Mx> records) {
  MailHosts mail;
  const size_t all = records.size();
  std::erase_if(records, [](const Mx& mx) { return mx.host.empty(); });
  if (records.empty()) {
    if (all > 0) mail.outcome = MailHosts::Outcome::kNullMx;
    return mail;
  }
  std::sort(records.begin(), records.end());
  RemoveRepeatedHosts(records);
  for (Mx& mx : records) {
    if (mail.groups.empty() || mail.groups.back().preference != mx.preference) {
      mail.groups.push_back({.preference = mx.preference});
    }
    mail.groups.back().hosts.push_back(std::move(mx.host));
  }
  return mail;
}

net::Task<absl::StatusOr<MailHosts>> LookupMx(Resolver& resolver,
                                              std::string domain,
                                              net::Deadline deadline) {
  CO_ASSIGN_OR_RETURN(const Answer answer,
                      co_await resolver.Resolve(domain, Type::kMx, deadline));
  MailHosts mail;
  switch (answer.outcome) {
    case Answer::Outcome::kRecords:
      mail = OrderMx(RecordsOf<Mx>(answer));
      break;
    case Answer::Outcome::kNoData:
      mail.is_implicit = true;
      mail.groups.push_back({.hosts = {Normalized(domain)}});
      break;
    case Answer::Outcome::kNxDomain:
      mail.outcome = MailHosts::Outcome::kNoSuchDomain;
      break;
  }
  mail.secure = answer.secure;
  co_return mail;
}

}  // namespace postern::dns
