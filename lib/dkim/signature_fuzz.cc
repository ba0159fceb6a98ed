// Any value of a DKIM-Signature: what is without fault is fit for a question to
// the DNS and for being verified, and means the same without its b=.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/dkim/signature.h"
#include "lib/mail/tag_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::dkim::CanonicalDomain;
  using postern::dkim::Signature;
  const absl::string_view value(reinterpret_cast<const char*>(data), size);
  const Signature signature = Signature::Parse(value);
  const std::string bare = postern::dkim::WithoutSignature(value);
  assert(bare.size() <= value.size());
  assert(postern::dkim::WithoutSignature(bare) == bare);
  if (!signature.domain.empty()) {
    assert(CanonicalDomain(signature.domain) == signature.domain);
  }
  if (!signature.fault.empty()) return 0;
  assert(CanonicalDomain(signature.KeyName()) == signature.KeyName() ||
         signature.KeyName().size() > 253);
  assert(postern::dkim::IsSameOrBelow(signature.identity_domain,
                                      signature.domain));
  assert(signature.Signs("from") && signature.body_hash.size() == 32);
  assert(!signature.bytes.empty() && !signature.base64.empty());
  assert(Signature::Parse(bare).fault == "b= is empty");
  const auto tags = postern::mail::TagList::Parse(value);
  assert(tags.ok() && Signature::ParseArc(*tags).fault.empty());
  return 0;
}
