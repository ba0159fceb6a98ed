// The header of one message, kept for the signatures over it.
//
//   HeaderFields header;
//   header.Add(field);                        // as it streams by
//   header.AppendSigned(signature.signed_fields, form, text);
//
// Source:  RFC 6376 section 5.4.2: a name in h= means the last field of that
//          name, named once more the one before it; past the first, nothing.
// Threads: one at a time.
// Limits:  `max_bytes` in all; what would be more is left out, and is_cut()
//          says so: nothing can be verified then.

#ifndef POSTERN_LIB_DKIM_HEADER_FIELDS_H_
#define POSTERN_LIB_DKIM_HEADER_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "lib/dkim/canonicalization.h"
#include "lib/mail/header.h"

namespace postern::dkim {

class HeaderFields {
 public:
  static constexpr size_t kMaxBytes = 1 << 20;

  explicit HeaderFields(size_t max_bytes = kMaxBytes) : max_bytes_(max_bytes) {}

  // Takes a copy.
  void Add(const mail::HeaderField& field);

  bool is_cut() const { return is_cut_; }
  size_t size() const { return fields_.size(); }

  // Returns the field at `index`, from 0, until the next call of Add().
  mail::HeaderField At(size_t index) const;

  // Returns the indices of the fields of a name, from the first to the last.
  const std::vector<uint32_t>& Named(absl::string_view name) const;

  // Appends the canonical form of the fields that `names` means, each with its
  // CR LF.
  void AppendSigned(const std::vector<std::string>& names,
                    Canonicalization form, std::string& text) const;

 private:
  struct Extent {
    size_t begin;
    uint32_t name_bytes, gap_bytes, value_bytes;
  };

  const size_t max_bytes_;
  std::string bytes_;
  std::vector<Extent> fields_;
  // By their names in lower case.
  absl::flat_hash_map<std::string, std::vector<uint32_t>> named_;
  bool is_cut_ = false;
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_HEADER_FIELDS_H_
