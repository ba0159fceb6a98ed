#include "lib/dns/mx.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "lib/base/status_macros.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

constexpr size_t kMaxHosts = 50;

}  // namespace

MailHosts OrderMx(std::vector<Mx> records) {
  MailHosts mail;
  const bool has_null =
      std::any_of(records.begin(), records.end(),
                  [](const Mx& mx) { return mx.host.empty(); });
  if (has_null) {
    records.erase(std::remove_if(records.begin(), records.end(),
                                 [](const Mx& mx) { return mx.host.empty(); }),
                  records.end());
    if (records.empty()) {
      mail.outcome = MailHosts::Outcome::kNullMx;
      return mail;
    }
  }
  std::sort(records.begin(), records.end());
  records.erase(std::unique(records.begin(), records.end()), records.end());
  if (records.size() > kMaxHosts) records.resize(kMaxHosts);
  for (Mx& mx : records) {
    if (mail.groups.empty() ||
        mail.groups.back().preference != mx.preference) {
      mail.groups.push_back({mx.preference, {}});
    }
    mail.groups.back().hosts.push_back(std::move(mx.host));
  }
  return mail;
}

net::Task<absl::StatusOr<MailHosts>> LookupMx(Resolver& resolver,
                                              std::string domain,
                                              net::Deadline deadline) {
  CO_ASSIGN_OR_RETURN(const Answer answer, co_await resolver.Resolve(
                                               domain, Type::kMx, deadline));
  MailHosts mail;
  if (answer.outcome == Answer::Outcome::kNxDomain) {
    mail.outcome = MailHosts::Outcome::kNoSuchDomain;
  } else if (answer.outcome == Answer::Outcome::kRecords) {
    mail = OrderMx(RecordsOf<Mx>(answer));
  } else {
    MxGroup itself;
    itself.hosts.push_back(Normalized(domain));
    mail.groups.push_back(std::move(itself));
    mail.is_implicit = true;
  }
  mail.secure = answer.secure;
  co_return mail;
}

}  // namespace postern::dns
