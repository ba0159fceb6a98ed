#include "lib/dkim/author_domains.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "lib/dkim/signature.h"

namespace postern::dkim {
namespace {

constexpr size_t kMaxDomains = 16;

bool IsDomainByte(char c) {
  return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' ||
         static_cast<unsigned char>(c) > 127;
}

void AddDomains(absl::string_view value, std::vector<std::string>& domains) {
  for (size_t at = value.find('@'); at != absl::string_view::npos;
       at = value.find('@', at + 1)) {
    if (domains.size() == kMaxDomains) return;
    size_t end = at + 1;
    while (end < value.size() && IsDomainByte(value[end])) ++end;
    const absl::string_view text =
        absl::StripSuffix(value.substr(at + 1, end - at - 1), ".");
    std::optional<std::string> domain = CanonicalDomain(text);
    if (domain) domains.push_back(*std::move(domain));
  }
}

}  // namespace

std::vector<std::string> AuthorDomains(const HeaderFields& header) {
  std::vector<std::string> domains;
  for (const uint32_t index : header.Named("From")) {
    AddDomains(header.At(index).value, domains);
  }
  return domains;
}

bool IsAuthors(absl::string_view domain,
               const std::vector<std::string>& authors) {
  // A domain with one label is above everybody (DK-16).
  if (domain.find('.') == absl::string_view::npos) return false;
  for (const std::string& author : authors) {
    if (IsSameOrBelow(author, domain) || IsSameOrBelow(domain, author)) {
      return true;
    }
  }
  return false;
}

}  // namespace postern::dkim
