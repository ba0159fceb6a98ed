#include "lib/dkim/body_hashes.h"

#include <algorithm>

namespace postern::dkim {

size_t BodyHashes::Want(Canonicalization form, std::optional<uint64_t> limit) {
  const size_t of = FormOf(form);
  for (size_t i = 0; i < hashes_.size(); ++i) {
    if (hashes_[i].form == of && hashes_[i].limit == limit) return i;
  }
  hashes_.push_back({.form = of,
                     .limit = limit,
                     .left = limit.value_or(UINT64_MAX),
                     .sha256 = Sha256(),
                     .digest = ""});
  return hashes_.size() - 1;
}

size_t BodyHashes::FormOf(Canonicalization name) {
  for (size_t i = 0; i < forms_.size(); ++i) {
    if (forms_[i].name == name) return i;
  }
  forms_.push_back(
      {.name = name, .canonicalizer = BodyCanonicalizer(name), .bytes = 0});
  return forms_.size() - 1;
}

void BodyHashes::Add(absl::string_view chunk) {
  for (size_t i = 0; i < forms_.size(); ++i) {
    forms_[i].canonicalizer.Add(
        chunk, [this, i](absl::string_view bytes) { OnBytes(i, bytes); });
  }
}

void BodyHashes::OnBytes(size_t form, absl::string_view bytes) {
  forms_[form].bytes += bytes.size();
  for (Hash& hash : hashes_) {
    if (hash.form != form || hash.left == 0) continue;
    const uint64_t taken = std::min<uint64_t>(hash.left, bytes.size());
    hash.sha256.Add(bytes.substr(0, taken));
    if (hash.limit) hash.left -= taken;
  }
}

void BodyHashes::Finish() {
  if (is_finished_) return;
  is_finished_ = true;
  for (size_t i = 0; i < forms_.size(); ++i) {
    forms_[i].canonicalizer.Finish(
        [this, i](absl::string_view bytes) { OnBytes(i, bytes); });
  }
  for (Hash& hash : hashes_) hash.digest = hash.sha256.Finish();
}

}  // namespace postern::dkim
