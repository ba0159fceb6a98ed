#include "mta/smtp/mail_parameters.h"

#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/status_macros.h"
#include "lib/mail/address.h"
#include "lib/mail/utf8.h"
#include "lib/mail/xtext.h"
#include "mta/smtp/syntax_error.h"

namespace postern::mta::smtp {
namespace {

// RFC 1870 section 3: SIZE has up to 20 digits.
constexpr size_t kMaxSizeDigits = 20;
constexpr size_t kMaxEnvidBytes = 100;  // RFC 3461 section 5.4.
constexpr size_t kMaxOrcptBytes = 500;
constexpr size_t kMaxAuthBytes = 500;

struct Parameter {
  std::string keyword;  // In capitals.
  std::optional<absl::string_view> value;
};

// Takes the parameters apart; none may come twice.
absl::StatusOr<std::vector<Parameter>> Split(absl::string_view text) {
  std::vector<Parameter> parameters;
  for (const absl::string_view word :
       absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const size_t equals = word.find('=');
    Parameter parameter{absl::AsciiStrToUpper(word.substr(0, equals)), {}};
    if (equals != absl::string_view::npos) {
      parameter.value = word.substr(equals + 1);
    }
    for (const Parameter& other : parameters) {
      if (other.keyword == parameter.keyword) {
        return SyntaxError(absl::StrCat(parameter.keyword, " only once"));
      }
    }
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

absl::StatusOr<int64_t> ParseSize(absl::string_view digits) {
  if (digits.empty() || digits.size() > kMaxSizeDigits) {
    return SyntaxError("SIZE=<number>");
  }
  for (const char c : digits) {
    if (!absl::ascii_isdigit(c)) return SyntaxError("SIZE=<number>");
  }
  int64_t size = 0;
  // All digits: what does not fit is too large, not wrong (MTA-26).
  if (!absl::SimpleAtoi(digits, &size)) {
    size = std::numeric_limits<int64_t>::max();
  }
  return size;
}

// Returns what an xtext stands for; an error if that is not printable ASCII.
absl::StatusOr<std::string> Decode(absl::string_view keyword,
                                   absl::string_view xtext, size_t max_bytes) {
  if (!xtext.empty() && xtext.size() <= max_bytes) {
    std::optional<std::string> text = mail::DecodeXtext(xtext);
    if (text && *text == Printable(*text, max_bytes)) return *std::move(text);
  }
  return SyntaxError(absl::StrCat(keyword, "=<xtext>"));
}

absl::Status ReadBody(absl::string_view value, MailParameters& parameters) {
  parameters.body_8bitmime = absl::EqualsIgnoreCase(value, "8BITMIME");
  if (parameters.body_8bitmime || absl::EqualsIgnoreCase(value, "7BIT")) {
    return absl::OkStatus();
  }
  return SyntaxError("BODY=7BIT|8BITMIME");
}

absl::Status ReadReturn(absl::string_view value, MailParameters& parameters) {
  if (absl::EqualsIgnoreCase(value, "FULL")) {
    parameters.dsn_return = MailParameters::Return::kFull;
  } else if (absl::EqualsIgnoreCase(value, "HDRS")) {
    parameters.dsn_return = MailParameters::Return::kHeaders;
  } else {
    return SyntaxError("RET=FULL|HDRS");
  }
  return absl::OkStatus();
}

absl::Status ReadAuth(absl::string_view value, MailParameters& parameters) {
  ASSIGN_OR_RETURN(std::string submitter, Decode("AUTH", value, kMaxAuthBytes));
  if (submitter == "<>") {
    parameters.auth.emplace();
    return absl::OkStatus();
  }
  if (!mail::Address::Parse(submitter).ok()) {
    return SyntaxError("AUTH=<mailbox>|<>");
  }
  parameters.auth = std::move(submitter);
  return absl::OkStatus();
}

absl::Status ReadMailParameter(const Parameter& parameter,
                               const Extensions& offered,
                               MailParameters& result) {
  const absl::string_view value = parameter.value.value_or("");
  if (parameter.keyword == "SIZE") {
    ASSIGN_OR_RETURN(result.size_bytes, ParseSize(value));
    return absl::OkStatus();
  }
  if (parameter.keyword == "BODY") return ReadBody(value, result);
  if (parameter.keyword == "RET" && offered.dsn) {
    return ReadReturn(value, result);
  }
  if (parameter.keyword == "ENVID" && offered.dsn) {
    result.envelope_id = std::string(value);
    return Decode("ENVID", value, kMaxEnvidBytes).status();
  }
  if (parameter.keyword == "AUTH" && !offered.auth_mechanisms.empty()) {
    return ReadAuth(value, result);
  }
  const bool is_smtputf8 = parameter.keyword == "SMTPUTF8" && offered.smtputf8;
  const bool is_requiretls =
      parameter.keyword == "REQUIRETLS" && offered.requiretls;
  if (!is_smtputf8 && !is_requiretls) {
    return UnknownParameter(parameter.keyword);
  }
  if (parameter.value) {
    return SyntaxError(absl::StrCat(parameter.keyword, " without a value"));
  }
  (is_smtputf8 ? result.smtputf8 : result.requiretls) = true;
  return absl::OkStatus();
}

absl::Status ReadNotify(absl::string_view value, RcptParameters& result) {
  for (const absl::string_view word : absl::StrSplit(value, ',')) {
    if (absl::EqualsIgnoreCase(word, "NEVER")) {
      result.notify_never = true;
    } else if (absl::EqualsIgnoreCase(word, "SUCCESS")) {
      result.notify_success = true;
    } else if (absl::EqualsIgnoreCase(word, "FAILURE")) {
      result.notify_failure = true;
    } else if (absl::EqualsIgnoreCase(word, "DELAY")) {
      result.notify_delay = true;
    } else {
      return SyntaxError("NOTIFY=NEVER|SUCCESS,FAILURE,DELAY");
    }
  }
  if (result.notify_never && absl::StrContains(value, ',')) {
    return SyntaxError("NOTIFY=NEVER alone");
  }
  return absl::OkStatus();
}

// Returns an address beyond ASCII as "utf-8-addr-xtext" (RFC 6533 section 3),
// which any server can take.
std::string WithoutUtf8(absl::string_view text) {
  std::string xtext;
  while (!text.empty()) {
    const mail::CodePoint c = mail::FirstCodePoint(text);
    if (c.value < 0x80) {
      xtext += text[0];
    } else {
      absl::StrAppend(&xtext, "\\x{",
                      absl::AsciiStrToUpper(absl::StrCat(absl::Hex(c.value))),
                      "}");
    }
    text.remove_prefix(c.bytes);
  }
  return xtext;
}

bool IsAddressType(absl::string_view type) {
  for (const char c : type) {
    if (!absl::ascii_isalnum(c) && c != '-') return false;
  }
  return !type.empty();
}

absl::Status ReadOriginalRecipient(absl::string_view value,
                                   const Extensions& offered,
                                   RcptParameters& result) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(value, absl::MaxSplits(';', 1));
  std::string address(parts.second);
  if (offered.smtputf8 && absl::EqualsIgnoreCase(parts.first, "utf-8") &&
      mail::IsUtf8Text(address)) {
    address = WithoutUtf8(address);
  }
  if (value.size() > kMaxOrcptBytes || !IsAddressType(parts.first)) {
    return SyntaxError("ORCPT=<type>;<xtext>");
  }
  result.original_recipient = absl::StrCat(parts.first, ";", address);
  return Decode("ORCPT", address, kMaxOrcptBytes).status();
}

}  // namespace

absl::Status ReadMailParameters(absl::string_view text,
                                const Extensions& offered,
                                MailParameters& parameters) {
  ASSIGN_OR_RETURN(const std::vector<Parameter> given, Split(text));
  for (const Parameter& parameter : given) {
    RETURN_IF_ERROR(ReadMailParameter(parameter, offered, parameters));
  }
  return absl::OkStatus();
}

absl::Status ReadRcptParameters(absl::string_view text,
                                const Extensions& offered,
                                RcptParameters& parameters) {
  ASSIGN_OR_RETURN(const std::vector<Parameter> given, Split(text));
  for (const Parameter& parameter : given) {
    const absl::string_view value = parameter.value.value_or("");
    if (parameter.keyword == "NOTIFY" && offered.dsn) {
      RETURN_IF_ERROR(ReadNotify(value, parameters));
    } else if (parameter.keyword == "ORCPT" && offered.dsn) {
      RETURN_IF_ERROR(ReadOriginalRecipient(value, offered, parameters));
    } else {
      return UnknownParameter(parameter.keyword);
    }
  }
  return absl::OkStatus();
}

}  // namespace postern::mta::smtp
