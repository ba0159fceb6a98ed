#include "mta/server/trace_header.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/mail/address.h"
#include "lib/mail/utf8.h"

namespace postern::mta::server {
namespace {

constexpr size_t kMaxNameBytes = 255;
constexpr size_t kMaxAddressBytes = 320;
constexpr size_t kMaxFieldBytes = 998;  // RFC 5322 section 2.1.1.

// What a host name or an address literal is made of; all else becomes '?'.
std::string SafeName(absl::string_view text) {
  std::string name(text.substr(0, kMaxNameBytes));
  for (char& c : name) {
    if (!absl::ascii_isalnum(c) && !absl::StrContains("-._:[]", c)) c = '?';
  }
  return name.empty() ? "unknown" : name;
}

// What may stand inside a comment.
std::string SafeComment(absl::string_view text) {
  std::string comment = Printable(text, kMaxNameBytes);
  for (char& c : comment) {
    if (absl::StrContains("()\\", c)) c = '?';
  }
  return comment;
}

std::string AddressLiteral(absl::string_view address) {
  return absl::StrCat("[", absl::StrContains(address, ':') ? "IPv6:" : "",
                      SafeName(address), "]");
}

// What a certificate says, for a quoted string in a comment.
std::string SafeText(absl::string_view text) {
  std::string safe(text.substr(0, kMaxNameBytes));
  for (char& c : safe) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c)) ||
        absl::StrContains("()\"\\", c)) {
      c = '?';
    }
  }
  return safe;
}

// As Postfix with smtpd_tls_received_header.
std::string TlsComments(const net::TlsFacts& tls, bool is_certificate_asked) {
  std::string text =
      absl::StrCat("\r\n\t(using ", SafeName(tls.version), " with cipher ",
                   SafeText(tls.cipher), " (", tls.cipher_bits, "/",
                   tls.algorithm_bits, " bits))\r\n\t");
  if (!is_certificate_asked) {
    absl::StrAppend(&text, "(No client certificate requested)");
  } else if (!tls.has_certificate) {
    absl::StrAppend(&text, "(Client did not present a certificate)");
  } else {
    absl::StrAppend(&text, "(Client CN \"", SafeText(tls.subject),
                    "\", Issuer \"", SafeText(tls.issuer), "\" (",
                    tls.is_trusted ? "verified OK" : "not verified", "))");
  }
  return text;
}

}  // namespace

std::string ProtocolName(const Protocol& protocol) {
  if (!protocol.is_esmtp) return "SMTP";
  return absl::StrCat(protocol.is_smtputf8 ? "UTF8SMTP" : "ESMTP",
                      protocol.is_tls ? "S" : "",
                      protocol.is_authenticated ? "A" : "");
}

std::string FormatReceived(const Trace& trace) {
  std::string field = absl::StrCat(
      "Received: from ", SafeName(trace.helo_name), " (",
      SafeName(trace.client_name), " ", AddressLiteral(trace.client_address),
      ")",
      trace.tls_facts == nullptr
          ? ""
          : TlsComments(*trace.tls_facts, trace.is_certificate_asked));
  if (!trace.user.empty()) {
    absl::StrAppend(
        &field, "\r\n\t(Authenticated sender: ", SafeComment(trace.user), ")");
  }
  absl::StrAppend(&field, "\r\n\tby ", SafeName(trace.myhostname),
                  " (Postern) with ", ProtocolName(trace.protocol), " id ",
                  trace.queue_id);
  if (!trace.only_recipient.empty()) {
    // In ASCII if it can be: our own field must not be what needs SMTPUTF8.
    const std::string recipient =
        mail::AsciiAddress(trace.only_recipient)
            .value_or(std::string(trace.only_recipient));
    absl::StrAppend(&field, "\r\n\tfor <",
                    trace.protocol.is_smtputf8
                        ? mail::PrintableUtf8(recipient, kMaxAddressBytes)
                        : Printable(recipient, kMaxAddressBytes),
                    ">");
  }
  absl::StrAppend(&field, ";\r\n\t",
                  absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", trace.now,
                                   absl::UTCTimeZone()),
                  "\r\n");
  return field;
}

bool AppendHeader(absl::string_view header, std::string& fields) {
  const size_t colon = header.find(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  for (const char c : header.substr(0, colon)) {
    if (!absl::ascii_isgraph(c)) return false;
  }
  absl::StrAppend(&fields, Printable(header, kMaxFieldBytes), "\r\n");
  return true;
}

}  // namespace postern::mta::server
