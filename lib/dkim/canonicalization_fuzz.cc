// Bodies in every form: the same wherever the reads were cut, and nothing more
// to be done to what came out. The first bytes say where the cuts are.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/dkim/canonicalization.h"

namespace {

using postern::dkim::BodyCanonicalizer;
using postern::dkim::Canonicalization;

std::string Canonical(Canonicalization form, absl::string_view body,
                      absl::string_view cuts) {
  std::string text;
  const auto sink = [&text](absl::string_view bytes) {
    absl::StrAppend(&text, bytes);
  };
  BodyCanonicalizer canonicalizer(form);
  for (size_t i = 0; !body.empty(); ++i) {
    size_t step = body.size();
    if (!cuts.empty()) {
      step = static_cast<unsigned char>(cuts[i % cuts.size()]) % 32;
    }
    step = std::min(std::max<size_t>(step, 1), body.size());
    canonicalizer.Add(body.substr(0, step), sink);
    body.remove_prefix(step);
  }
  canonicalizer.Finish(sink);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const absl::string_view cuts = input.substr(0, std::min<size_t>(4, size));
  const absl::string_view body = input.substr(cuts.size());
  for (const Canonicalization form :
       {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
    const std::string whole = Canonical(form, body, "");
    assert(Canonical(form, body, cuts) == whole);
    assert(Canonical(form, whole, "") == whole);
    assert(whole.empty() || absl::EndsWith(whole, "\r\n"));
    assert(whole.size() <= body.size() + 2);
    std::string field;
    AppendCanonicalField(form, {.name = "A", .value = body}, field);
    assert(field.size() <= 2 * body.size() + 2);
  }
  return 0;
}
