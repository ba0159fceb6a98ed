#include "mta/tls_report/reports.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/mail/address.h"
#include "mta/tls_report/local_counts.h"
#include "mta/tls_report/shared_counts.h"

namespace postern::mta::tls_report {
namespace {

constexpr size_t kLongestName = 256;

absl::Status Invalid(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("tls_report.", field, ": ", why));
}

// It stands in the text of a mail.
bool IsText(const std::string& text) {
  return text == Printable(text, kLongestName);
}

absl::StatusOr<Author> AuthorFrom(const config::v1::TlsReporting& config) {
  const auto from = mail::Address::Parse(config.from());
  if (!from.ok()) return Invalid("from", from.status().message());
  if (from->domain.empty() || from->domain.front() == '[') {
    return Invalid("from", "needs an address with a domain");
  }
  if (config.organization_name().empty() ||
      config.organization_name().size() > kLongestName) {
    return Invalid("organization_name", "needs a name of at most 256 bytes");
  }
  if (!IsText(config.contact_info())) {
    return Invalid("contact_info", "must be one line of ASCII");
  }
  return Author{.organization_name = config.organization_name(),
                .contact_info = config.contact_info().empty()
                                    ? from->ToString()
                                    : config.contact_info(),
                .from = from->ToString(),
                .domain = from->domain};
}

TallyLimits LimitsFrom(const config::v1::TlsReporting& config) {
  return {.domains = config.domain_limit(), .kinds = config.kind_limit()};
}

}  // namespace

absl::Status CheckConfig(const config::v1::TlsReporting& config) {
  return AuthorFrom(config).status();
}

absl::StatusOr<std::unique_ptr<Reports>> Reports::Create(
    const config::v1::Mta& config, const ReportsParts& parts) {
  const config::v1::TlsReporting& report = config.tls_report();
  ASSIGN_OR_RETURN(Author author, AuthorFrom(report));
  std::unique_ptr<Counts> counts;
  if (parts.redis != nullptr) {
    counts = std::make_unique<SharedCounts>(*parts.redis, LimitsFrom(report));
  } else {
    ASSIGN_OR_RETURN(
        counts,
        LocalCounts::Open(report.directory(), LimitsFrom(report), parts.clock));
  }
  return std::unique_ptr<Reports>(
      new Reports(config, parts, std::move(counts), std::move(author)));
}

Reports::Reports(const config::v1::Mta& config, const ReportsParts& parts,
                 std::unique_ptr<Counts> counts, Author author)
    : parts_(parts),
      counts_(std::move(counts)),
      recorder_(*counts_, LimitsFrom(config.tls_report()), parts.clock,
                parts.drain, parts.metrics),
      sender_(
          {*counts_, parts.resolver, parts.https, parts.spool, parts.clock,
           parts.drain, parts.metrics, parts.filter},
          {.author = std::move(author),
           .myhostname = config.myhostname(),
           .spread = config::FromProto(config.tls_report().report_spread())}) {}

void Reports::Start() {
  net::Spawn(parts_.drain, parts_.runtime.NextReactor(), recorder_.Run());
  for (size_t i = 0; i < Sender::kTasks; ++i) {
    net::Spawn(parts_.drain, parts_.runtime.NextReactor(), sender_.Run(i));
  }
}

void Reports::End() { parts_.runtime.BlockOn(recorder_.Flush()); }

}  // namespace postern::mta::tls_report
