// MTA-STS policies and records: what is taken is a policy again when it is
// written down.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "mta/routing/sts_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::mta::routing;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  postern::dns::Answer answer;
  answer.records.push_back(postern::dns::Txt{{std::string(text)}});
  const auto id = StsIdOf(answer);
  if (id && (id->empty() || id->size() > 32)) std::abort();
  const auto policy = ParseStsPolicy(text);
  if (!policy.ok()) return 0;
  if (policy->mx.empty() && policy->mode != StsPolicy::Mode::kNone) {
    std::abort();
  }
  std::string again;
  for (const std::string& line : policy->ToLines()) {
    absl::StrAppend(&again, line, "\n");
  }
  // Patterns that it writes out in full may be longer than what it read.
  if (again.size() > StsPolicy::kMaxBytes) return 0;
  const auto reread = ParseStsPolicy(again);
  if (!reread.ok() || *reread != *policy) std::abort();
  return 0;
}
