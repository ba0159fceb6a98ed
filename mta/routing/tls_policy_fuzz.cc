// Entries of smtp_tls_policy_maps: what is taken has what its level needs.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "mta/routing/tls_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::mta::routing;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto policy = ParseTlsPolicy(text, TlsDefaults());
  if (!policy.ok()) return 0;
  const bool needs_match = policy->level >= TlsLevel::kFingerprint;
  if (policy->match.empty() == needs_match) std::abort();
  const NextHop hop = {NextHop::Kind::kMx, "example.org", 25};
  const TlsDemand demand = DemandOf(*policy, hop, {"mx.example.org", {}, 25});
  if (demand.is_proof() != needs_match) std::abort();
  return 0;
}
