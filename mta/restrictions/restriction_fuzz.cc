// Whatever stands in a restriction list: no crash, and what is understood has
// a name and, if it asks somebody, somebody to ask.

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "mta/restrictions/restriction.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::mta::restrictions;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Restriction> rule = ParseRestriction(text);
  if (!rule.ok()) return 0;
  assert(!RestrictionName(rule->kind).empty());
  if (rule->kind == Restriction::Kind::kCheckPolicyService) {
    assert(rule->endpoint.is_unix() || rule->endpoint.port != 0);
    assert(!rule->timeout || *rule->timeout > absl::ZeroDuration());
  }
  return 0;
}
