#include "mta/rewriting/extension.h"

#include "absl/strings/match.h"

namespace postern::mta::rewriting {
namespace {

constexpr absl::string_view kWhole[] = {"postmaster", "mailer-daemon",
                                        "double-bounce"};

bool IsWhole(absl::string_view local_part, absl::string_view delimiters) {
  for (const absl::string_view name : kWhole) {
    if (absl::EqualsIgnoreCase(local_part, name)) return true;
  }
  return delimiters.find('-') != delimiters.npos &&
         (absl::StartsWithIgnoreCase(local_part, "owner-") ||
          absl::EndsWithIgnoreCase(local_part, "-request"));
}

}  // namespace

SplitLocalPart SplitExtension(absl::string_view local_part,
                              absl::string_view delimiters) {
  const size_t at = local_part.find_first_of(delimiters);
  if (at == local_part.npos || at == 0 || IsWhole(local_part, delimiters)) {
    return {local_part, ""};
  }
  return {local_part.substr(0, at), local_part.substr(at)};
}

}  // namespace postern::mta::rewriting
