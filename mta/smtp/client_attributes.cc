#include "mta/smtp/client_attributes.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/mail/address.h"
#include "lib/mail/xtext.h"
#include "lib/net/ip.h"
#include "mta/smtp/syntax_error.h"

namespace postern::mta::smtp {
namespace {

using Value = ClientAttributes::Value;

constexpr size_t kMaxValueBytes = 255;
constexpr absl::string_view kUnavailable = "[UNAVAILABLE]";
constexpr absl::string_view kTemporary = "[TEMPUNAVAIL]";

// Each returns whether `value` may be, and brings it into its form.
bool TakeHost(std::string& value) {
  return value[0] != '[' && mail::IsDomain(value);
}

bool TakeAddress(std::string& value) {
  absl::string_view text = value;
  const bool says_v6 = absl::StartsWithIgnoreCase(text, "IPV6:");
  if (says_v6) text.remove_prefix(5);
  const absl::StatusOr<net::IpAddress> address = net::IpAddress::Parse(text);
  if (!address.ok()) return false;
  if (says_v6 != absl::StrContains(text, ':')) return false;
  value = address->ToString();
  return true;
}

bool TakePort(std::string& value) {
  for (const char c : value) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  uint32_t port = 0;
  return absl::SimpleAtoi(value, &port) && port <= 65535;
}

bool TakeProtocol(std::string& value) {
  absl::AsciiStrToUpper(&value);
  return value == "SMTP" || value == "ESMTP";
}

bool TakeSource(std::string& value) {
  absl::AsciiStrToUpper(&value);
  return value == "LOCAL" || value == "REMOTE";
}

bool TakeWord(std::string& value) {
  return !absl::StrContains(value, ' ') && value == Printable(value);
}

struct Attribute {
  absl::string_view name;
  std::optional<Value> ClientAttributes::*member;
  bool (*take)(std::string&);
  bool xclient;
  bool xforward;
};
constexpr Attribute kAttributes[] = {
    {"NAME", &ClientAttributes::name, TakeHost, true, true},
    {"REVERSE_NAME", &ClientAttributes::reverse_name, TakeHost, true, false},
    {"ADDR", &ClientAttributes::address, TakeAddress, true, true},
    {"PORT", &ClientAttributes::port, TakePort, true, true},
    {"PROTO", &ClientAttributes::protocol, TakeProtocol, true, true},
    {"HELO", &ClientAttributes::helo, TakeWord, true, true},
    {"LOGIN", &ClientAttributes::login, TakeWord, true, false},
    {"DESTADDR", &ClientAttributes::destination, TakeAddress, true, false},
    {"DESTPORT", &ClientAttributes::destination_port, TakePort, true, false},
    {"IDENT", &ClientAttributes::identity, TakeWord, false, true},
    {"SOURCE", &ClientAttributes::source, TakeSource, false, true},
};

absl::StatusOr<Value> ReadValue(const Attribute& attribute,
                                absl::string_view xtext) {
  if (absl::EqualsIgnoreCase(xtext, kUnavailable)) return Value{};
  if (absl::EqualsIgnoreCase(xtext, kTemporary)) return Value{"", true};
  std::optional<std::string> text;
  if (xtext.size() <= kMaxValueBytes) text = mail::DecodeXtext(xtext);
  if (!text || text->empty() || !attribute.take(*text)) {
    return SyntaxError(
        absl::StrCat(attribute.name, "=value: ", "not \"", xtext, "\""));
  }
  return Value{*std::move(text)};
}

absl::StatusOr<ClientAttributes> Parse(absl::string_view verb,
                                       bool Attribute::*belongs,
                                       absl::string_view text) {
  ClientAttributes attributes;
  for (const absl::string_view word :
       absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(word, absl::MaxSplits('=', 1));
    const Attribute* found = nullptr;
    for (const Attribute& attribute : kAttributes) {
      if (attribute.*belongs &&
          absl::EqualsIgnoreCase(parts.first, attribute.name)) {
        found = &attribute;
      }
    }
    if (found == nullptr) {
      return SyntaxError(absl::StrCat(verb, ": no attribute ", parts.first));
    }
    std::optional<Value>& value = attributes.*found->member;
    if (value) return SyntaxError(absl::StrCat(found->name, " only once"));
    ASSIGN_OR_RETURN(value, ReadValue(*found, parts.second));
  }
  if (attributes == ClientAttributes()) {
    return SyntaxError(absl::StrCat(verb, " attribute=value..."));
  }
  return attributes;
}

}  // namespace

absl::StatusOr<ClientAttributes> ParseXclient(absl::string_view text) {
  return Parse("XCLIENT", &Attribute::xclient, text);
}

absl::StatusOr<ClientAttributes> ParseXforward(absl::string_view text) {
  return Parse("XFORWARD", &Attribute::xforward, text);
}

void Update(const ClientAttributes& news, ClientAttributes& known) {
  for (const Attribute& attribute : kAttributes) {
    if (news.*attribute.member) {
      known.*attribute.member = news.*attribute.member;
    }
  }
}

}  // namespace postern::mta::smtp
