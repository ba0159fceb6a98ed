#include "mta/outbound/known_outcome.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

// "5.4.6 alias database loop": the status, and why.
queue::Outcome OutcomeOfVerdict(absl::string_view verdict) {
  const size_t space = std::min(verdict.find(' '), verdict.size());
  const absl::string_view text = verdict.substr(space);
  return Failed(verdict.substr(0, space), absl::StripAsciiWhitespace(text));
}

}  // namespace

std::optional<queue::Outcome> KnownOutcome(
    const spool::v1::Recipient& recipient) {
  if (!recipient.verdict().empty()) {
    return OutcomeOfVerdict(recipient.verdict());
  }
  if (recipient.expansion() == spool::v1::EXPANSION_ALIAS) {
    queue::Outcome outcome = Delivered("2.0.0", "alias expanded");
    outcome.handover = queue::Outcome::Handover::kExpanded;
    return outcome;
  }
  if (recipient.expansion() == spool::v1::EXPANSION_LIST) {
    return Delivered("2.0.0", "delivered to the list");
  }
  return std::nullopt;
}

}  // namespace postern::mta::outbound
