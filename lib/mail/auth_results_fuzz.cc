// Any value of an Authentication-Results: what is read and written again is
// read as the same, in lines that are folded; and its server is known.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/mail/auth_results.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::mail::AuthResults;
  const absl::string_view value(reinterpret_cast<const char*>(data), size);
  const auto results = AuthResults::Parse(value);
  const auto id = postern::mail::AuthservId(value);
  if (!results.ok()) return 0;
  assert(id == results->authserv_id);
  const std::string text = results->ToValue();
  for (size_t i = 0; i < text.size(); ++i) {
    assert(text[i] != '\n' || (i + 1 < text.size() && text[i + 1] == '\t'));
    assert(text[i] != '\r' || text[i + 1] == '\n');
    assert(static_cast<unsigned char>(text[i]) < 127);
  }
  const auto again = AuthResults::Parse(text);
  assert(again.ok() && again->results.size() == results->results.size());
  assert(*AuthResults::Parse(again->ToValue()) == *again);
  for (size_t i = 0; i < again->results.size(); ++i) {
    assert(again->results[i].method == results->results[i].method);
    assert(again->results[i].result == results->results[i].result);
    assert(again->results[i].properties.size() ==
           results->results[i].properties.size());
  }
  return 0;
}
