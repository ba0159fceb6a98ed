// Any bytes are templates or an error; lines of a template end in CR LF.

#include <cstddef>
#include <cstdint>

#include "absl/strings/match.h"
#include "mta/queue/bounce_templates.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto templates = postern::mta::queue::ParseBounceTemplates(
      text, {{"myhostname", "mx.example.org"}});
  if (!templates.ok()) return 0;
  for (const auto* one :
       {&templates->failure, &templates->delay, &templates->success}) {
    if (!*one) continue;
    if (!(*one)->body.empty() && !absl::EndsWith((*one)->body, "\r\n")) {
      __builtin_trap();
    }
    if (absl::StrContains((*one)->subject, "\n")) __builtin_trap();
  }
  return 0;
}
