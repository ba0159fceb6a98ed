// Any text as the lines of an allowlist: no crash, and whoever is in a list of
// one plain name is found in it.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "greylistd/allowlist.h"

namespace {

using namespace postern::greylistd;  // NOLINT

void Require(bool fact) {
  if (!fact) std::abort();
}

bool IsPlainName(absl::string_view line) {
  return !line.empty() &&
         line.find_first_not_of("abcdefghijklmnopqrstuvwxyz.") ==
             absl::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  ClientList clients;
  RecipientList recipients;
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  for (const absl::string_view line : lines) {
    const bool is_client = clients.AddLine(line).ok();
    const bool is_recipient = recipients.AddLine(line).ok();
    if (IsPlainName(line)) Require(is_client && is_recipient);
  }
  if (!clients.Finish().ok() || !recipients.Finish().ok()) return 0;
  const postern::net::IpAddress address;
  for (const absl::string_view line : lines) {
    const bool is_listed = clients.Contains(address, line);
    if (IsPlainName(line)) Require(is_listed);
    recipients.Contains(line);
  }
  return 0;
}
