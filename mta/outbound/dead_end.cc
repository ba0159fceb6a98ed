#include "mta/outbound/dead_end.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

using Kind = routing::NextHop::Kind;

// RFC 3463 section 2.
bool IsStatus(absl::string_view word) {
  const std::vector<absl::string_view> parts = absl::StrSplit(word, '.');
  return parts.size() == 3 &&
         (parts[0] == "2" || parts[0] == "4" || parts[0] == "5") &&
         absl::c_all_of(parts, [](absl::string_view part) {
           return !part.empty() && part.size() <= 3 &&
                  absl::c_all_of(part, absl::ascii_isdigit);
         });
}

}  // namespace

bool IsDeadEnd(const routing::NextHop& hop) {
  return hop.kind == Kind::kError || hop.kind == Kind::kRetry ||
         hop.kind == Kind::kDiscard;
}

queue::Outcome DeadEndOutcome(const routing::NextHop& hop,
                              absl::string_view recipient) {
  absl::string_view text = hop.host;
  std::string status = "0.0.0";
  const absl::string_view word =
      text.substr(0, std::min(text.find(' '), text.size()));
  if (IsStatus(word)) {
    status = std::string(word);
    text = absl::StripAsciiWhitespace(text.substr(word.size()));
  }
  status[0] = hop.kind == Kind::kError   ? '5'
              : hop.kind == Kind::kRetry ? '4'
                                         : '2';
  if (hop.kind == Kind::kDiscard) {
    queue::Outcome outcome = Delivered(
        status, text.empty() ? "discarded" : absl::StrCat("discarded: ", text));
    outcome.handover = queue::Outcome::Handover::kDiscarded;
    return outcome;
  }
  const std::string usual =
      absl::StrCat("no mail is delivered to ", routing::DomainOf(recipient),
                   hop.kind == Kind::kRetry ? " now" : "");
  if (text.empty()) text = usual;
  return hop.kind == Kind::kError ? Failed(status, text)
                                  : Deferred(Cause::kOther, status, text);
}

}  // namespace postern::mta::outbound
