// Paths: what is accepted prints to an address that parses to the same, has
// printable ASCII only and keeps to the lengths.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/mail/address.h"

namespace {

using postern::mail::Address;
using postern::mail::ParsePath;
using postern::mail::PathKind;

void Require(bool holds) {
  if (!holds) std::abort();
}

void Check(PathKind kind, absl::string_view text) {
  const auto path = ParsePath(kind, text);
  if (!path.ok()) return;
  Require(path->consumed >= 2 && path->consumed <= text.size());
  Require(text[path->consumed - 1] == '>');
  const std::string printed = path->address.ToString();
  Require(printed.size() <= 254);
  Require(std::all_of(printed.begin(), printed.end(),
                      [](char c) { return c >= ' ' && c <= '~'; }));
  const std::string again = absl::StrCat("<", printed, ">");
  const auto reparsed = ParsePath(kind, again);
  Require(reparsed.ok() && reparsed->address == path->address &&
          reparsed->consumed == again.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  Check(PathKind::kReverse, text);
  Check(PathKind::kForward, text);
  if (const auto address = Address::Parse(text); address.ok()) {
    Require(Address::Parse(address->ToString()).value() == *address);
  }
  return 0;
}
