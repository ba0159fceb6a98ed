#include "mta/routing/dane.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"

namespace postern::mta::routing {
namespace {

using dns::Answer;

// The names that the records may stand at, in this order.
net::Task<absl::StatusOr<std::vector<std::string>>> BasesOf(
    dns::Resolver& resolver, const Host& host, net::Deadline deadline) {
  std::vector<std::string> bases;
  const bool is_alias = host.canonical_name != host.name;
  if (host.is_address_secure) {
    if (is_alias) bases.push_back(host.canonical_name);
    bases.push_back(host.name);
    co_return bases;
  }
  if (!is_alias) co_return bases;
  // The alias leads out of what is signed, but may itself be.
  CO_ASSIGN_OR_RETURN(
      const Answer alias,
      co_await resolver.Resolve(host.name, dns::Type::kCname, deadline));
  if (alias.secure && alias.outcome == Answer::Outcome::kRecords) {
    bases.push_back(host.name);
  }
  co_return bases;
}

TlsaFound FoundAt(std::string base, const Answer& answer) {
  TlsaFound found = {.base = std::move(base)};
  std::vector<net::TlsaRecord> records;
  for (const dns::Tlsa& one : dns::RecordsOf<dns::Tlsa>(answer)) {
    records.push_back({one.usage, one.selector, one.matching_type, one.data});
    found.strings.push_back(absl::StrCat(one.usage, " ", one.selector, " ",
                                         one.matching_type, " ",
                                         absl::BytesToHexString(one.data)));
  }
  found.usable = net::UsableTlsa(records);
  return found;
}

}  // namespace

net::Task<absl::StatusOr<TlsaFound>> FindTlsa(dns::Resolver& resolver,
                                              Host host,
                                              net::Deadline deadline) {
  // An address has no records.
  if (host.canonical_name.empty()) co_return TlsaFound();
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> bases,
                      co_await BasesOf(resolver, host, deadline));
  for (const std::string& base : bases) {
    const std::string name = absl::StrCat("_", host.port, "._tcp.", base);
    CO_ASSIGN_OR_RETURN(
        const Answer answer,
        co_await resolver.Resolve(name, dns::Type::kTlsa, deadline));
    if (!answer.secure || answer.outcome != Answer::Outcome::kRecords) continue;
    co_return FoundAt(base, answer);
  }
  co_return TlsaFound();
}

}  // namespace postern::mta::routing
