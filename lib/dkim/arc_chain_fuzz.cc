// Any header: sets of ARC make a chain with every instance once, or none.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/dkim/arc_chain.h"
#include "lib/dkim/header_fields.h"
#include "lib/mail/header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::dkim::ArcChain;
  absl::string_view text(reinterpret_cast<const char*>(data), size);
  postern::dkim::HeaderFields header;
  // A field a line.
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const auto field = postern::mail::HeaderField::Parse(text.substr(0, end));
    if (field) header.Add(*field);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const ArcChain chain = ArcChain::Read(header);
  assert(chain.highest_instance <= ArcChain::kMaxInstances);
  assert(chain.fault.empty() || chain.sets.empty());
  if (!chain.fault.empty()) return 0;
  assert(static_cast<size_t>(chain.highest_instance) == chain.sets.size());
  for (size_t i = 0; i < chain.sets.size(); ++i) {
    assert(chain.sets[i].cv == (i == 0 ? "none" : "pass"));
    assert(chain.sets[i].seal.fault.empty());
    assert(chain.sets[i].signature.fault.empty());
  }
  return 0;
}
