#include "mta/outbound/dsn_parameters.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/mail/utf8.h"
#include "lib/mail/xtext.h"

namespace postern::mta::outbound {
namespace {

constexpr size_t kLongestEnvid = 100;  // RFC 3461 section 4.4.
constexpr size_t kLongestOrcpt = 500;  // RFC 3461 section 4.2.

// RFC 3461 section 4.2: an address type is an atom.
bool IsType(absl::string_view type) {
  return !type.empty() &&
         std::all_of(type.begin(), type.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

// RFC 6533 section 3: utf-8-addr-xtext, made of an address in UTF-8.
std::string InAscii(absl::string_view address) {
  std::string text;
  while (!address.empty()) {
    const mail::CodePoint first = mail::FirstCodePoint(address);
    if (first.bytes == 1) {
      text += address[0];
    } else {
      absl::StrAppendFormat(&text, "\\x{%X}", first.value);
    }
    address.remove_prefix(first.bytes);
  }
  return text;
}

// Returns "type;address" as it may go out, or "".
std::string Orcpt(absl::string_view received) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(received, absl::MaxSplits(';', 1));
  if (!IsType(parts.first) || !mail::IsUtf8Text(parts.second)) return "";
  std::string address = InAscii(parts.second);
  if (address.empty() || !mail::DecodeXtext(address)) return "";
  std::string orcpt = absl::StrCat(parts.first, ";", address);
  return orcpt.size() <= kLongestOrcpt ? orcpt : "";
}

std::string Notify(const spool::v1::Recipient& recipient) {
  if (recipient.notify_never()) return "NEVER";
  std::vector<absl::string_view> when;
  if (recipient.notify_success()) when.push_back("SUCCESS");
  if (recipient.notify_failure()) when.push_back("FAILURE");
  if (recipient.notify_delay()) when.push_back("DELAY");
  return absl::StrJoin(when, ",");
}

}  // namespace

std::string MailDsn(const spool::v1::Envelope& envelope) {
  std::string parameters;
  if (envelope.dsn_return() == spool::v1::RETURN_FULL) {
    parameters = " RET=FULL";
  } else if (envelope.dsn_return() == spool::v1::RETURN_HEADERS) {
    parameters = " RET=HDRS";
  }
  const std::string& id = envelope.dsn_envelope_id();
  if (!id.empty() && id.size() <= kLongestEnvid && mail::DecodeXtext(id)) {
    absl::StrAppend(&parameters, " ENVID=", id);
  }
  return parameters;
}

std::string RcptDsn(const spool::v1::Recipient& recipient) {
  std::string parameters;
  const std::string notify = Notify(recipient);
  if (!notify.empty()) parameters = absl::StrCat(" NOTIFY=", notify);
  const std::string orcpt = Orcpt(recipient.original_recipient());
  if (!orcpt.empty()) absl::StrAppend(&parameters, " ORCPT=", orcpt);
  return parameters;
}

}  // namespace postern::mta::outbound
