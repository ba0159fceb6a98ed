#include "lib/dns/unbound_answer.h"

#include <unbound.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/dns/name.h"
#include "lib/dns/rdata.h"

namespace postern::dns {
namespace {

constexpr int kNoError = 0;
constexpr int kNxDomain = 3;

std::string Subject(const ub_result& result, Type type) {
  return absl::StrCat(Printable(result.qname), " ", TypeName(type));
}

// Takes the records that make sense. Returns their number of all.
int AddRecords(const ub_result& result, Type type, Answer& answer) {
  int all = 0;
  for (; result.data[all] != nullptr; ++all) {
    absl::StatusOr<Record> record =
        ParseRdata(type, absl::string_view(result.data[all], result.len[all]));
    if (record.ok()) answer.records.push_back(*std::move(record));
  }
  return all;
}

}  // namespace

absl::StatusOr<Answer> ToAnswer(const ub_result& result, Type type) {
  if (result.bogus) {
    return absl::UnavailableError(
        absl::StrCat(Subject(result, type), ": fails DNSSEC validation"));
  }
  if (result.rcode != kNoError && result.rcode != kNxDomain) {
    return absl::UnavailableError(
        absl::StrCat(Subject(result, type), ": the name servers failed (rcode ",
                     result.rcode, ")"));
  }
  Answer answer;
  answer.secure = result.secure != 0;
  answer.ttl = absl::Seconds(std::max(result.ttl, 0));
  answer.canonical_name =
      Normalized(result.canonname != nullptr ? result.canonname : result.qname);
  if (result.rcode == kNxDomain || result.nxdomain) {
    answer.outcome = Answer::Outcome::kNxDomain;
    return answer;
  }
  if (!result.havedata) return answer;
  const int all = AddRecords(result, type, answer);
  if (answer.records.empty() && all > 0) {
    return absl::UnavailableError(
        absl::StrCat(Subject(result, type), ": the records are malformed"));
  }
  if (all > 0) answer.outcome = Answer::Outcome::kRecords;
  return answer;
}

}  // namespace postern::dns
