#include "mta/restrictions/action_reply.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/mail/address.h"

namespace postern::mta::restrictions {
namespace {

// RFC 3463 section 2: class "." subject "." detail.
bool IsStatus(absl::string_view word) {
  const std::vector<absl::string_view> parts = absl::StrSplit(word, '.');
  if (parts.size() != 3) return false;
  for (const absl::string_view part : parts) {
    if (part.empty() || part.size() > 3 ||
        !std::all_of(part.begin(), part.end(), absl::ascii_isdigit)) {
      return false;
    }
  }
  return parts[0] == "2" || parts[0] == "4" || parts[0] == "5";
}

// What subject and detail "1.y" become, for y from 0 to 8.
constexpr absl::string_view kOfSenders[] = {"1.0", "1.7", "1.8", "1.7", "1.7",
                                            "1.0", "1.7", "1.7", "1.8"};
constexpr absl::string_view kOfRecipients[] = {
    "1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.3", "1.2"};

std::string Fitting(absl::string_view status, const Subject& subject) {
  if (!absl::StartsWith(status.substr(1), ".1.")) return std::string(status);
  size_t detail = 0;
  if (!absl::SimpleAtoi(status.substr(4), &detail) ||
      detail >= std::size(kOfSenders)) {
    detail = 0;
  }
  absl::string_view rest = "0.0";
  if (subject.what == "Sender address") rest = kOfSenders[detail];
  if (subject.what == "Recipient address") rest = kOfRecipients[detail];
  return absl::StrCat(status.substr(0, 2), rest);
}

}  // namespace

smtp::Reply ActionReply(int code, const Subject& subject,
                        absl::string_view text, absl::string_view usual) {
  absl::string_view status = "5.7.1";
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  if (IsStatus(text.substr(0, end))) {
    status = text.substr(0, end);
    text = absl::StripLeadingAsciiWhitespace(text.substr(end));
  }
  return Rejected(code, Fitting(status, subject), subject,
                  text.empty() ? usual : text);
}

bool IsWholeAddress(absl::string_view text) {
  const absl::StatusOr<mail::Address> address = mail::Address::Parse(text);
  return address.ok() && !address->local_part.empty() &&
         !address->domain.empty();
}

}  // namespace postern::mta::restrictions
