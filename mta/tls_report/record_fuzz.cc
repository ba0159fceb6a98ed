// Any text is either refused or names destinations that can be used: few, each
// an address or a URI that is understood again.

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/https/target.h"
#include "lib/mail/address.h"
#include "mta/tls_report/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace tls_report = postern::mta::tls_report;
  const auto found = tls_report::ParseRecord(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!found.ok()) return 0;
  assert(found->size() <= tls_report::kMaxDestinations);
  for (const tls_report::Destination& one : *found) {
    if (one.kind == tls_report::Destination::Kind::kMail) {
      assert(postern::mail::Address::Parse(one.where).ok());
    } else {
      assert(postern::https::ParseTarget(one.where).ok());
    }
  }
  return 0;
}
