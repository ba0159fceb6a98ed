#include "mta/smtp/extension.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace postern::mta::smtp {
namespace {

void ReadKeyword(absl::string_view line, Extensions& offered) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.empty()) return;
  if (absl::EqualsIgnoreCase(words[0], "PIPELINING")) {
    offered.pipelining = true;
  } else if (absl::EqualsIgnoreCase(words[0], "8BITMIME")) {
    offered.eight_bit_mime = true;
  } else if (absl::EqualsIgnoreCase(words[0], "ENHANCEDSTATUSCODES")) {
    offered.enhanced_status_codes = true;
  } else if (absl::EqualsIgnoreCase(words[0], "SMTPUTF8")) {
    offered.smtputf8 = true;
  } else if (absl::EqualsIgnoreCase(words[0], "DSN")) {
    offered.dsn = true;
  } else if (absl::EqualsIgnoreCase(words[0], "REQUIRETLS")) {
    offered.requiretls = true;
  } else if (absl::EqualsIgnoreCase(words[0], "SIZE")) {
    offered.size = true;
    int64_t limit = 0;
    if (words.size() == 2 && absl::SimpleAtoi(words[1], &limit) && limit > 0) {
      offered.size_limit_bytes = limit;
    }
  }
}

}  // namespace

std::string EhloText(absl::string_view hostname, const Extensions& offered) {
  std::string text(hostname);
  if (offered.pipelining) absl::StrAppend(&text, "\nPIPELINING");
  if (offered.size) absl::StrAppend(&text, "\nSIZE");
  if (offered.size && offered.size_limit_bytes > 0) {
    absl::StrAppend(&text, " ", offered.size_limit_bytes);
  }
  if (offered.enhanced_status_codes) {
    absl::StrAppend(&text, "\nENHANCEDSTATUSCODES");
  }
  if (offered.eight_bit_mime) absl::StrAppend(&text, "\n8BITMIME");
  if (offered.dsn) absl::StrAppend(&text, "\nDSN");
  if (offered.smtputf8) absl::StrAppend(&text, "\nSMTPUTF8");
  if (offered.requiretls) absl::StrAppend(&text, "\nREQUIRETLS");
  return text;
}

Extensions ParseEhlo(const Reply& reply) {
  Extensions offered;
  const std::vector<absl::string_view> lines = absl::StrSplit(reply.text, '\n');
  // The first line is the server's name and greeting.
  for (size_t i = 1; i < lines.size(); ++i) ReadKeyword(lines[i], offered);
  return offered;
}

}  // namespace postern::mta::smtp
