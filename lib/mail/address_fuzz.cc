// Paths: what is accepted prints to an address that parses to the same, has
// printable ASCII (or UTF-8 text, where that may be) only and keeps to the
// lengths.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/mail/address.h"
#include "lib/mail/utf8.h"

namespace {

using postern::mail::Address;
using postern::mail::AsciiAddress;
using postern::mail::Charset;
using postern::mail::IsUtf8Text;
using postern::mail::ParsePath;
using postern::mail::PathKind;

void Require(bool holds) {
  if (!holds) std::abort();
}

void Check(PathKind kind, absl::string_view text, Charset charset) {
  const auto path = ParsePath(kind, text, charset);
  if (!path.ok()) return;
  Require(path->consumed >= 2 && path->consumed <= text.size());
  Require(text[path->consumed - 1] == '>');
  const std::string printed = path->address.ToString();
  Require(printed.size() <= 254);
  Require(charset == Charset::kUtf8
              ? IsUtf8Text(printed)
              : std::all_of(printed.begin(), printed.end(),
                            [](char c) { return c >= ' ' && c <= '~'; }));
  const auto ascii = AsciiAddress(printed);
  Require(!ascii || Address::Parse(*ascii).ok() ||
          path->address.domain.empty() || ascii->size() > 254);
  const std::string again = absl::StrCat("<", printed, ">");
  const auto reparsed = ParsePath(kind, again, charset);
  Require(reparsed.ok() && reparsed->address == path->address &&
          reparsed->consumed == again.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Charset charset : {Charset::kAscii, Charset::kUtf8}) {
    Check(PathKind::kReverse, text, charset);
    Check(PathKind::kForward, text, charset);
  }
  if (const auto address = Address::Parse(text); address.ok()) {
    Require(Address::Parse(address->ToString()).value() == *address);
  }
  return 0;
}
