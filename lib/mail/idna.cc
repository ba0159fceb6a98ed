#include "lib/mail/idna.h"

#include <idn2.h>

#include <cstddef>
#include <cstdlib>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/mail/utf8.h"

namespace postern::mail {
namespace {

constexpr size_t kMaxDomainBytes = 255;
constexpr int kFlags = IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
using Allocated = std::unique_ptr<char, Free>;

absl::Status NoDomain(absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("not an internationalized domain: ", why));
}

}  // namespace

absl::StatusOr<std::string> ToALabels(absl::string_view domain) {
  if (IsAscii(domain)) return absl::AsciiStrToLower(domain);
  if (domain.size() > kMaxDomainBytes) return NoDomain("too long");
  if (!IsUtf8Text(domain)) return NoDomain("not UTF-8 text");
  const std::string input(domain);  // Ends in the NUL that libidn2 wants.
  char* converted = nullptr;
  const int result = idn2_to_ascii_8z(input.c_str(), &converted, kFlags);
  const Allocated owned(converted);
  if (result != IDN2_OK) return NoDomain(idn2_strerror(result));
  return absl::AsciiStrToLower(owned.get());
}

std::string ToULabels(absl::string_view domain) {
  if (domain.size() > kMaxDomainBytes || !IsUtf8Text(domain)) {
    return std::string(domain);
  }
  const std::string input(domain);
  char* converted = nullptr;
  const int result = idn2_to_unicode_8z8z(input.c_str(), &converted, 0);
  const Allocated owned(converted);
  if (result != IDN2_OK || !IsUtf8Text(owned.get())) return input;
  return owned.get();
}

}  // namespace postern::mail
