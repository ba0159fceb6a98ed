#include "lib/dkim/signature.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/mail/idna.h"

namespace postern::dkim {
namespace {

constexpr size_t kMaxNames = 1000;
constexpr size_t kMaxSignatureBytes = 1024;
constexpr size_t kMaxDomainBytes = 253;
constexpr size_t kMaxIdentityBytes = 512;
constexpr int64_t kLastSecond = 253402300799;  // Of the year 9999.

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= 63 &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

bool IsFieldName(absl::string_view name) {
  return !name.empty() && name.size() <= 256 &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return c > 32 && c < 127 && c != ':' && c != ';';
         });
}

// Reads the tags one after the other; the first fault stays.
class Reader {
 public:
  Reader(const mail::TagList& tags, Signature& to) : tags_(tags), to_(to) {}

  void Read(bool has_identity) {
    ReadNames();  // First: results name them whatever else is wrong.
    if (has_identity) ReadIdentity();
    ReadSignature();
    ReadAlgorithm();
    ReadForms();
    ReadFields();
    ReadBodyHash();
    ReadQueries();
    ReadTimes();
  }

  void ReadSeal() {
    ReadNames();
    ReadSignature();
    ReadAlgorithm();
    ReadTimes();
    if (tags_.Find("h") != nullptr) Fault("h= is there");
  }

  void Fault(std::string what) {
    if (to_.fault.empty()) to_.fault = std::move(what);
  }

  // Returns the value of a tag; "" and a fault if it is not there.
  absl::string_view Needed(absl::string_view name) {
    const mail::TagList::Tag* const tag = tags_.Find(name);
    if (tag != nullptr && !tag->value.empty()) return tag->value;
    Fault(absl::StrCat(name, tag == nullptr ? "= is missing" : "= is empty"));
    return {};
  }

 private:
  void ReadNames() {
    for (const auto& [name, member] :
         {std::pair("d", &to_.domain), std::pair("s", &to_.selector)}) {
      const absl::string_view value = Needed(name);
      if (value.empty()) continue;
      std::optional<std::string> domain = CanonicalDomain(value);
      if (domain) {
        *member = *std::move(domain);
      } else {
        Fault(absl::StrCat(name, "= is no domain name"));
      }
    }
    to_.identity = absl::StrCat("@", to_.domain);
    to_.identity_domain = to_.domain;
  }

  void ReadIdentity() {
    const mail::TagList::Tag* const tag = tags_.Find("i");
    if (tag == nullptr) return;
    const size_t at = tag->value.rfind('@');
    std::optional<std::string> domain;
    if (at != absl::string_view::npos && tag->value.size() <= kMaxIdentityBytes)
      domain = CanonicalDomain(tag->value.substr(at + 1));
    if (!domain) return Fault("i= is no identity");
    if (!IsSameOrBelow(*domain, to_.domain)) {
      return Fault("i= is not within d=");
    }
    to_.identity = std::string(tag->value);
    to_.identity_domain = *std::move(domain);
  }

  void ReadSignature() {
    const absl::string_view value = Needed("b");
    if (value.empty()) return;
    for (const char c : value.substr(0, 2 * kMaxSignatureBytes)) {
      if (!absl::ascii_isspace(c)) to_.base64 += c;
    }
    std::optional<std::string> bytes = value.size() <= 4 * kMaxSignatureBytes
                                           ? mail::Base64Value(value)
                                           : std::nullopt;
    if (!bytes || bytes->empty() || bytes->size() > kMaxSignatureBytes) {
      to_.base64.clear();
      return Fault("b= is no signature");
    }
    to_.bytes = *std::move(bytes);
  }

  void ReadAlgorithm() {
    const absl::string_view value = Needed("a");
    if (value.empty()) return;
    if (value == "rsa-sha256") {
      to_.key_type = KeyType::kRsa;
    } else if (value == "ed25519-sha256") {
      to_.key_type = KeyType::kEd25519;
    } else if (value == "rsa-sha1") {
      to_.algorithm = std::string(value);
      return Fault("rsa-sha1 is not trusted");
    } else {
      return Fault("a= is not known");
    }
    to_.algorithm = std::string(value);
  }

  void ReadForms() {
    const mail::TagList::Tag* const tag = tags_.Find("c");
    if (tag == nullptr) return;
    const size_t slash = std::min(tag->value.find('/'), tag->value.size());
    const auto header = CanonicalizationFromName(tag->value.substr(0, slash));
    const auto body =
        slash == tag->value.size()
            ? Canonicalization::kSimple
            : CanonicalizationFromName(tag->value.substr(slash + 1));
    if (!header || !body) return Fault("c= is not known");
    to_.header_form = *header;
    to_.body_form = *body;
  }

  void ReadFields() {
    const absl::string_view value = Needed("h");
    if (value.empty()) return;
    const std::vector<absl::string_view> names = mail::ColonSeparated(value);
    if (names.size() > kMaxNames) return Fault("h= has too many names");
    if (!std::all_of(names.begin(), names.end(), IsFieldName)) {
      return Fault("h= has a name that is none");
    }
    for (const absl::string_view name : names) {
      to_.signed_fields.emplace_back(name);
    }
    if (!to_.Signs("From")) Fault("h= does not have From");
  }

  void ReadBodyHash() {
    const absl::string_view value = Needed("bh");
    if (value.empty()) return;
    std::optional<std::string> hash;
    if (value.size() <= 256) hash = mail::Base64Value(value);
    if (!hash || hash->size() != Sha256::kBytes) {
      return Fault("bh= is no hash of SHA-256");
    }
    to_.body_hash = *std::move(hash);
  }

  void ReadQueries() {
    const mail::TagList::Tag* const tag = tags_.Find("q");
    if (tag == nullptr) return;
    const auto queries = mail::ColonSeparated(tag->value);
    if (std::find(queries.begin(), queries.end(), "dns/txt") == queries.end()) {
      Fault("q= has no way to the key that we know");
    }
  }

  void ReadTimes() {
    to_.body_bytes = Number("l", UINT64_MAX);
    const auto signed_at = Number("t", kLastSecond);
    const auto expires_at = Number("x", kLastSecond);
    if (signed_at) to_.signed_at = absl::FromUnixSeconds(*signed_at);
    if (expires_at) to_.expires_at = absl::FromUnixSeconds(*expires_at);
    if (signed_at && expires_at && *expires_at <= *signed_at) {
      Fault("x= is not after t=");
    }
  }

  std::optional<uint64_t> Number(absl::string_view name, uint64_t largest) {
    const mail::TagList::Tag* const tag = tags_.Find(name);
    if (tag == nullptr) return std::nullopt;
    uint64_t number = 0;
    const bool has_digits =
        !tag->value.empty() &&
        std::all_of(tag->value.begin(), tag->value.end(), absl::ascii_isdigit);
    if (!has_digits || !absl::SimpleAtoi(tag->value, &number) ||
        number > largest) {
      Fault(absl::StrCat(name, "= is no number that it can be"));
      return std::nullopt;
    }
    return number;
  }

  const mail::TagList& tags_;
  Signature& to_;
};

}  // namespace

Signature Signature::Parse(absl::string_view value) {
  Signature signature;
  const absl::StatusOr<mail::TagList> tags = mail::TagList::Parse(value);
  if (!tags.ok()) {
    signature.fault = std::string(tags.status().message());
    return signature;
  }
  Reader reader(*tags, signature);
  const absl::string_view version = reader.Needed("v");
  if (!version.empty() && version != "1") reader.Fault("v= is not 1");
  reader.Read(/*has_identity=*/true);
  return signature;
}

Signature Signature::ParseArc(const mail::TagList& tags) {
  Signature signature;
  Reader(tags, signature).Read(/*has_identity=*/false);
  return signature;
}

Signature Signature::ParseSeal(const mail::TagList& tags) {
  Signature signature;
  Reader(tags, signature).ReadSeal();
  return signature;
}

std::string Signature::KeyName() const {
  return absl::StrCat(selector, "._domainkey.", domain);
}

bool Signature::Signs(absl::string_view field_name) const {
  return std::any_of(signed_fields.begin(), signed_fields.end(),
                     [field_name](const std::string& name) {
                       return absl::EqualsIgnoreCase(name, field_name);
                     });
}

std::string WithoutSignature(absl::string_view value) {
  const absl::StatusOr<mail::TagList> tags = mail::TagList::Parse(value);
  const mail::TagList::Tag* const tag = tags.ok() ? tags->Find("b") : nullptr;
  if (tag == nullptr) return std::string(value);
  const size_t begin = static_cast<size_t>(tag->raw.data() - value.data());
  return absl::StrCat(value.substr(0, begin),
                      value.substr(begin + tag->raw.size()));
}

bool IsSameOrBelow(absl::string_view domain, absl::string_view parent) {
  return domain == parent ||
         (domain.size() > parent.size() && absl::EndsWith(domain, parent) &&
          domain[domain.size() - parent.size() - 1] == '.');
}

std::optional<std::string> CanonicalDomain(absl::string_view text) {
  if (text.size() > kMaxDomainBytes) return std::nullopt;
  absl::StatusOr<std::string> domain = mail::ToALabels(text);
  if (!domain.ok() || domain->size() > kMaxDomainBytes) return std::nullopt;
  absl::string_view rest = *domain;
  while (true) {
    const size_t dot = std::min(rest.find('.'), rest.size());
    if (!IsLabel(rest.substr(0, dot))) return std::nullopt;
    if (dot == rest.size()) return *std::move(domain);
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace postern::dkim
