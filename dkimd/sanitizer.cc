#include "dkimd/sanitizer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "lib/mail/auth_results.h"
#include "lib/mail/claimed_results.h"

namespace postern::dkimd {
namespace {

constexpr char kField[] = "Authentication-Results";

// Whether the field has a result of DKIM; one that cannot be read has if it
// speaks of DKIM at all.
bool HasDkim(absl::string_view value) {
  const absl::StatusOr<mail::AuthResults> read =
      mail::AuthResults::Parse(value);
  if (!read.ok()) {
    return absl::StrContains(absl::AsciiStrToLower(value), "dkim");
  }
  return std::any_of(read->results.begin(), read->results.end(),
                     [](const mail::AuthResults::Result& one) {
                       return one.method == "dkim";
                     });
}

}  // namespace

Sanitizer::Sanitizer(const SanitizerRules& rules, std::string authserv_id)
    : rules_(rules), authserv_id_(std::move(authserv_id)) {}

void Sanitizer::OnHeader(absl::string_view name, absl::string_view value) {
  if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(name), kField)) return;
  ++fields_;
  if (rules_.removes && IsToBeRemoved(value)) ordinals_.push_back(fields_);
}

bool Sanitizer::IsToBeRemoved(absl::string_view value) const {
  if (!rules_.removes_all && !HasDkim(value)) return false;
  const mail::HeaderField field = {.name = kField, .value = value};
  if (mail::ClaimsToBeOurs(field, authserv_id_)) return true;
  const std::optional<std::string> id = mail::AuthservId(value);
  return std::any_of(rules_.names.begin(), rules_.names.end(),
                     [&](const std::string& name) {
                       if (!absl::StartsWith(name, ".")) {
                         return mail::ClaimsToBeOurs(field, name);
                       }
                       return id && absl::EndsWithIgnoreCase(*id, name);
                     });
}

void Sanitizer::AppendTo(milter::Changes& changes) const {
  for (auto ordinal = ordinals_.rbegin(); ordinal != ordinals_.rend();
       ++ordinal) {
    changes.DeleteHeader(kField, *ordinal);
  }
}

}  // namespace postern::dkimd
