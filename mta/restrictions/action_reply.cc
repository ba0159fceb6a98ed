#include "mta/restrictions/action_reply.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
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

}  // namespace

smtp::Reply ActionReply(int code, const Subject& subject,
                        absl::string_view text, absl::string_view usual) {
  absl::string_view status = "5.7.1";
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  if (IsStatus(text.substr(0, end))) {
    status = text.substr(0, end);
    text = absl::StripLeadingAsciiWhitespace(text.substr(end));
  }
  return Rejected(code, status, subject, text.empty() ? usual : text);
}

bool IsWholeAddress(absl::string_view text) {
  const absl::StatusOr<mail::Address> address = mail::Address::Parse(text);
  return address.ok() && !address->local_part.empty() &&
         !address->domain.empty();
}

}  // namespace postern::mta::restrictions
