// Any value of an Authentication-Results field: what names us in the plain form
// is always known, with whatever around it that changes nothing.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/mail/auth_results.h"
#include "lib/mail/claimed_results.h"

namespace {

using postern::mail::AuthservId;
using postern::mail::ClaimsToBeOurs;

constexpr absl::string_view kOurs = "mx.example.org";

bool IsOurs(absl::string_view value) {
  return ClaimsToBeOurs(absl::StrCat("Authentication-Results:", value), kOurs);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view value(reinterpret_cast<const char*>(data), size);
  const std::optional<std::string> id = AuthservId(value);
  const bool is_ours = IsOurs(value);
  assert(is_ours == IsOurs(absl::StrCat(" (c) ", value)));
  if (!id && absl::StrContains(absl::AsciiStrToLower(value), kOurs))
    assert(is_ours);
  if (id && absl::EqualsIgnoreCase(*id, kOurs)) assert(is_ours);
  assert(IsOurs(absl::StrCat(" mx.example.org;", value)));
  assert(IsOurs(absl::StrCat(" MX.example.org. 1;", value)));
  assert(!ClaimsToBeOurs(absl::StrCat("ARC-Authentication-Results:", value),
                         kOurs));
  return 0;
}
