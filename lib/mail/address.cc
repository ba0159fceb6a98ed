#include "lib/mail/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/status_macros.h"
#include "lib/mail/idna.h"
#include "lib/mail/utf8.h"

namespace postern::mail {
namespace {

// RFC 5321 section 4.5.3.1.
constexpr size_t kMaxLocalPartBytes = 64;
constexpr size_t kMaxDomainBytes = 255;
constexpr size_t kMaxPathBytes = 256;
constexpr size_t kMaxLabelBytes = 63;

absl::Status Invalid(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

// RFC 5321 section 4.1.2: atext, from RFC 5322.
bool IsAtomText(char c) {
  return absl::ascii_isalnum(c) ||
         absl::string_view("!#$%&'*+-/=?^_`{|}~").find(c) !=
             absl::string_view::npos;
}

bool IsPrintable(char c) { return c >= ' ' && c <= '~'; }

// A byte of a character beyond ASCII, which needs no quotes (RFC 6531 section
// 3.3). Whether the bytes are characters is another question: IsUtf8Text().
bool IsBeyondAscii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// Tells whether `text` is a Dot-string of RFC 5321, which needs no quotes.
bool IsDotString(absl::string_view text) {
  bool is_after_dot = true;
  for (const char c : text) {
    if (c == '.' ? is_after_dot : !IsAtomText(c) && !IsBeyondAscii(c)) {
      return false;
    }
    is_after_dot = c == '.';
  }
  return !is_after_dot;
}

std::string Quoted(absl::string_view local_part) {
  if (IsDotString(local_part)) return std::string(local_part);
  std::string text = "\"";
  for (const char c : local_part) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes &&
         label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

// Digits and dots alone are an address without its brackets.
bool IsHostName(absl::string_view name) {
  if (name.find_first_not_of("0123456789.") == name.npos) return false;
  for (absl::string_view label : absl::StrSplit(name, '.')) {
    if (!IsLabel(label)) return false;
  }
  return true;
}

bool IsIpText(int family, absl::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated = {};
  std::array<uint8_t, 16> bytes;
  if (text.size() >= terminated.size()) return false;
  std::copy(text.begin(), text.end(), terminated.begin());
  // A NUL inside would end the text early.
  return std::strlen(terminated.data()) == text.size() &&
         inet_pton(family, terminated.data(), bytes.data()) == 1;
}

// RFC 5321 section 4.1.3. Returns the literal with the usual letters' case, or
// nullopt: of other kinds than IP addresses none has been defined.
std::optional<std::string> Literal(absl::string_view domain) {
  if (domain.size() < 2 || domain.front() != '[' || domain.back() != ']') {
    return std::nullopt;
  }
  const absl::string_view inside = domain.substr(1, domain.size() - 2);
  if (IsIpText(AF_INET, inside)) return std::string(domain);
  constexpr absl::string_view kTag = "IPv6:";
  if (!absl::StartsWithIgnoreCase(inside, kTag) ||
      !IsIpText(AF_INET6, inside.substr(kTag.size()))) {
    return std::nullopt;
  }
  return absl::StrCat("[", kTag,
                      absl::AsciiStrToLower(inside.substr(kTag.size())), "]");
}

// A host name with characters beyond ASCII: one that the DNS can have.
bool IsInternationalName(absl::string_view name) {
  const absl::StatusOr<std::string> a_labels = ToALabels(name);
  return a_labels.ok() && a_labels->size() <= kMaxDomainBytes &&
         IsHostName(*a_labels);
}

bool IsName(absl::string_view name, Charset charset) {
  return charset == Charset::kUtf8 && !IsAscii(name) ? IsInternationalName(name)
                                                     : IsHostName(name);
}

// Takes pieces off the front of a text.
class Scanner {
 public:
  Scanner(absl::string_view text, Charset charset)
      : text_(text), rest_(text), charset_(charset) {}

  bool at_end() const { return rest_.empty(); }
  bool Sees(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool Take(char c) {
    if (!Sees(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  size_t consumed() const { return text_.size() - rest_.size(); }
  absl::string_view rest() const { return rest_; }

  absl::StatusOr<std::string> TakeLocalPart() {
    return Sees('"') ? TakeQuotedString() : TakeAtoms();
  }

  // What is a domain or looks like one, up to a character that ends it.
  absl::StatusOr<std::string> TakeDomain() {
    const size_t bracket = Sees('[') ? rest_.find(']') : rest_.npos;
    const size_t end =
        bracket != rest_.npos
            ? bracket + 1
            : std::min(rest_.find_first_of(">,:@ "), rest_.size());
    const absl::string_view domain = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (domain.size() > kMaxDomainBytes) return Invalid("domain too long");
    if (std::optional<std::string> literal = Literal(domain)) return *literal;
    if (!IsName(domain, charset_)) return Invalid("bad domain");
    return std::string(domain);
  }

 private:
  bool MayHave(char c) const {
    return charset_ == Charset::kUtf8 && IsBeyondAscii(c);
  }

  // Dots may stand anywhere: see the header.
  absl::StatusOr<std::string> TakeAtoms() {
    size_t n = 0;
    while (n < rest_.size() &&
           (IsAtomText(rest_[n]) || rest_[n] == '.' || MayHave(rest_[n]))) {
      ++n;
    }
    if (n == 0) return Invalid("bad local part");
    std::string atoms(rest_.substr(0, n));
    rest_.remove_prefix(n);
    return atoms;
  }

  absl::StatusOr<std::string> TakeQuotedString() {
    std::string content;
    for (size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return content;
      }
      if (rest_[i] == '\\') ++i;
      if (i == rest_.size()) break;
      if (!IsPrintable(rest_[i]) && !MayHave(rest_[i])) break;
      content += rest_[i];
    }
    return Invalid("bad quoted local part");
  }

  absl::string_view text_;
  absl::string_view rest_;
  const Charset charset_;
};

// RFC 5321 appendix C: "@a,@b:" in front of the mailbox, to be ignored.
absl::Status DropSourceRoute(Scanner& scanner) {
  if (!scanner.Sees('@')) return absl::OkStatus();
  do {
    if (!scanner.Take('@')) return Invalid("bad source route");
    RETURN_IF_ERROR(scanner.TakeDomain().status());
  } while (scanner.Take(','));
  if (!scanner.Take(':')) return Invalid("bad source route");
  return absl::OkStatus();
}

absl::Status CheckLengths(const Address& address) {
  const std::string local_part = Quoted(address.local_part);
  if (local_part.size() > kMaxLocalPartBytes) {
    return Invalid("local part too long");
  }
  const size_t path_bytes = local_part.size() + address.domain.size() +
                            absl::string_view("<@>").size();
  if (path_bytes > kMaxPathBytes) return Invalid("path too long");
  return absl::OkStatus();
}

absl::StatusOr<Address> TakeMailbox(Scanner& scanner) {
  Address address;
  ASSIGN_OR_RETURN(address.local_part, scanner.TakeLocalPart());
  if (!IsUtf8Text(address.local_part)) return Invalid("bad local part");
  if (!scanner.Take('@')) {
    return Invalid(scanner.at_end() || scanner.Sees('>') ? "domain missing"
                                                         : "bad local part");
  }
  ASSIGN_OR_RETURN(address.domain, scanner.TakeDomain());
  RETURN_IF_ERROR(CheckLengths(address));
  return address;
}

// <postmaster>, without a domain: RFC 5321 section 4.5.1.
std::optional<ParsedPath> Postmaster(absl::string_view text) {
  constexpr absl::string_view kPath = "<postmaster>";
  if (!absl::StartsWithIgnoreCase(text, kPath)) return std::nullopt;
  return ParsedPath{{std::string(text.substr(1, kPath.size() - 2)), ""},
                    kPath.size()};
}

}  // namespace

absl::StatusOr<Address> Address::Parse(absl::string_view text,
                                       Charset charset) {
  Scanner scanner(text, charset);
  ASSIGN_OR_RETURN(Address address, TakeMailbox(scanner));
  if (!scanner.at_end()) return Invalid("characters after the address");
  return address;
}

std::string Address::ToString() const {
  if (is_null()) return "";
  if (domain.empty()) return Quoted(local_part);
  return absl::StrCat(Quoted(local_part), "@", domain);
}

absl::StatusOr<ParsedPath> ParsePath(PathKind kind, absl::string_view text,
                                     Charset charset) {
  if (kind == PathKind::kForward) {
    if (const auto postmaster = Postmaster(text)) return *postmaster;
  }
  Scanner scanner(text, charset);
  if (!scanner.Take('<')) return Invalid("address must stand in <>");
  ParsedPath path;
  if (scanner.Take('>')) {
    if (kind == PathKind::kForward) return Invalid("empty address");
    path.consumed = scanner.consumed();
    return path;
  }
  RETURN_IF_ERROR(DropSourceRoute(scanner));
  ASSIGN_OR_RETURN(path.address, TakeMailbox(scanner));
  if (!scanner.Take('>')) return Invalid("> missing after the address");
  path.consumed = scanner.consumed();
  return path;
}

bool IsDomain(absl::string_view domain, Charset charset) {
  return domain.size() <= kMaxDomainBytes &&
         (Literal(domain).has_value() || IsName(domain, charset));
}

std::optional<std::string> AsciiAddress(absl::string_view address) {
  if (IsAscii(address)) return std::string(address);
  const size_t at = address.rfind('@');
  if (at == address.npos || !IsAscii(address.substr(0, at))) {
    return std::nullopt;
  }
  const absl::StatusOr<std::string> domain = ToALabels(address.substr(at + 1));
  if (!domain.ok()) return std::nullopt;
  return absl::StrCat(address.substr(0, at + 1), *domain);
}

bool HasRouting(absl::string_view local_part) {
  return local_part.find_first_of("%!@") != local_part.npos;
}

std::string LowerDomain(absl::string_view domain) {
  return ToALabels(domain).value_or(absl::AsciiStrToLower(domain));
}

}  // namespace postern::mail
