#include "mta/content/authentication_results.h"

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "lib/mail/idna.h"
#include "mta/content/field_scanner.h"
#include "mta/content/header_splitter.h"

namespace postern::mta::content {
namespace {

// Returns `text` as a careless reader might take it: without white space,
// comments, quotes and backslashes, in small letters.
std::string Bare(absl::string_view text) {
  std::string bare;
  FieldScanner scanner(text);
  while (scanner.SkipSpace() && !scanner.rest().empty()) {
    const char c = scanner.rest().front();
    scanner.Take(c);
    if (c != '"' && c != '\\') bare += absl::ascii_tolower(c);
  }
  return bare;
}

std::string Folded(absl::string_view id) {
  id = absl::StripSuffix(absl::StripAsciiWhitespace(id), ".");
  const absl::StatusOr<std::string> name = mail::ToALabels(id);
  return name.ok() ? *name : absl::AsciiStrToLower(id);
}

// Tells whether a host's name, in either form, stands anywhere in `value`.
bool Mentions(absl::string_view value, const std::string& name) {
  const std::string bare = Bare(value);
  for (const std::string& form : {name, mail::ToULabels(name)}) {
    if (absl::StrContains(bare, form)) return true;
    if (absl::StrContains(absl::AsciiStrToLower(value), form)) return true;
  }
  return false;
}

void SkipDigits(FieldScanner& scanner) {
  while (!scanner.rest().empty() &&
         absl::ascii_isdigit(scanner.rest().front())) {
    scanner.Take(scanner.rest().front());
  }
}

}  // namespace

std::optional<std::string> AuthservId(absl::string_view value) {
  FieldScanner scanner(value);
  if (!scanner.SkipSpace()) return std::nullopt;
  std::optional<std::string> id = scanner.Value();
  if (!id || !scanner.SkipSpace()) return std::nullopt;
  SkipDigits(scanner);  // The version.
  if (!scanner.SkipSpace()) return std::nullopt;
  if (!scanner.rest().empty() && !scanner.Take(';')) return std::nullopt;
  return id;
}

bool ClaimsToBeOurs(absl::string_view field, absl::string_view authserv_id) {
  if (!absl::EqualsIgnoreCase(FieldName(field), "Authentication-Results")) {
    return false;
  }
  const absl::string_view value = FieldValue(field);
  const std::string ours = Folded(authserv_id);
  const std::optional<std::string> id = AuthservId(value);
  if (id) return Folded(*id) == ours;
  return Mentions(value, ours) || absl::StrContains(value, "=?");
}

}  // namespace postern::mta::content
