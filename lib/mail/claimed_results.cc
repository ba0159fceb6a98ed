#include "lib/mail/claimed_results.h"

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "lib/mail/auth_results.h"
#include "lib/mail/field_scanner.h"
#include "lib/mail/idna.h"

namespace postern::mail {
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
  const absl::StatusOr<std::string> name = ToALabels(id);
  return name.ok() ? *name : absl::AsciiStrToLower(id);
}

// Tells whether a host's name, in either form, stands anywhere in `value`.
bool Mentions(absl::string_view value, const std::string& name) {
  const std::string bare = Bare(value);
  for (const std::string& form : {name, ToULabels(name)}) {
    if (absl::StrContains(bare, form)) return true;
    if (absl::StrContains(absl::AsciiStrToLower(value), form)) return true;
  }
  return false;
}

}  // namespace

bool ClaimsToBeOurs(absl::string_view field, absl::string_view authserv_id) {
  const std::optional<HeaderField> parsed = HeaderField::Parse(field);
  return parsed && ClaimsToBeOurs(*parsed, authserv_id);
}

bool ClaimsToBeOurs(const HeaderField& field, absl::string_view authserv_id) {
  if (!field.Is("Authentication-Results")) return false;
  const std::string ours = Folded(authserv_id);
  const std::optional<std::string> id = AuthservId(field.value);
  if (id) {
    return Folded(*id) == ours || Folded(id->substr(0, id->find('/'))) == ours;
  }
  return Mentions(field.value, ours) || absl::StrContains(field.value, "=?");
}

}  // namespace postern::mail
