#include "mta/restrictions/domain_look_up.h"

#include "absl/status/statusor.h"
#include "lib/dns/host.h"
#include "lib/dns/mx.h"
#include "lib/net/deadline.h"
#include "mta/restrictions/host_name.h"

namespace postern::mta::restrictions {
namespace {

net::Task<DomainStatus> LookUpAddresses(dns::Resolver& resolver,
                                        std::string name,
                                        net::Deadline deadline) {
  const absl::StatusOr<dns::HostAddresses> host =
      co_await dns::ResolveHost(resolver, name, deadline);
  if (!host.ok()) co_return DomainStatus::kTemporaryFailure;
  co_return host->addresses.empty() ? DomainStatus::kNone : DomainStatus::kOk;
}

// kNone also where only the address of the name itself would do.
net::Task<DomainStatus> LookUpExchangers(dns::Resolver& resolver,
                                         std::string domain,
                                         net::Deadline deadline) {
  const absl::StatusOr<dns::MailHosts> mail =
      co_await dns::LookupMx(resolver, domain, deadline);
  if (!mail.ok()) co_return DomainStatus::kTemporaryFailure;
  if (mail->outcome == dns::MailHosts::Outcome::kNullMx) {
    co_return DomainStatus::kNullMx;
  }
  if (mail->outcome == dns::MailHosts::Outcome::kHosts && !mail->is_implicit) {
    co_return DomainStatus::kOk;
  }
  co_return DomainStatus::kNone;
}

}  // namespace

net::Task<DomainStatus> LookUpDomain(dns::Resolver& resolver,
                                     std::string domain) {
  const std::string name(WithoutDot(domain));
  if (!HasHostNameForm(name)) co_return DomainStatus::kNone;
  const net::Deadline deadline = net::Deadline::After(kLookUpTime);
  DomainStatus status = co_await LookUpExchangers(resolver, name, deadline);
  if (status == DomainStatus::kNone) {
    status = co_await LookUpAddresses(resolver, name, deadline);
  }
  co_return status;
}

net::Task<DomainStatus> LookUpHost(dns::Resolver& resolver, std::string name) {
  const std::string host(WithoutDot(name));
  if (!HasHostNameForm(host)) co_return DomainStatus::kNone;
  const net::Deadline deadline = net::Deadline::After(kLookUpTime);
  DomainStatus status = co_await LookUpAddresses(resolver, host, deadline);
  if (status == DomainStatus::kNone) {
    status = co_await LookUpExchangers(resolver, host, deadline);
  }
  co_return status;
}

}  // namespace postern::mta::restrictions
