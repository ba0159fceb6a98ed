#include "lib/dkim/header_fields.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace postern::dkim {

void HeaderFields::Add(const mail::HeaderField& field) {
  const size_t size = field.name.size() + field.gap.size() + field.value.size();
  if (is_cut_ || size > max_bytes_ - bytes_.size()) {
    is_cut_ = true;
    return;
  }
  const auto index = static_cast<uint32_t>(fields_.size());
  fields_.push_back({.begin = bytes_.size(),
                     .name_bytes = static_cast<uint32_t>(field.name.size()),
                     .gap_bytes = static_cast<uint32_t>(field.gap.size()),
                     .value_bytes = static_cast<uint32_t>(field.value.size())});
  absl::StrAppend(&bytes_, field.name, field.gap, field.value);
  named_[absl::AsciiStrToLower(field.name)].push_back(index);
}

mail::HeaderField HeaderFields::At(size_t index) const {
  const Extent& extent = fields_[index];
  absl::string_view rest = absl::string_view(bytes_).substr(extent.begin);
  mail::HeaderField field;
  field.name = rest.substr(0, extent.name_bytes);
  rest.remove_prefix(extent.name_bytes);
  field.gap = rest.substr(0, extent.gap_bytes);
  rest.remove_prefix(extent.gap_bytes);
  field.value = rest.substr(0, extent.value_bytes);
  return field;
}

const std::vector<uint32_t>& HeaderFields::Named(absl::string_view name) const {
  static const std::vector<uint32_t>* const none = new std::vector<uint32_t>();
  const auto found = named_.find(absl::AsciiStrToLower(name));
  return found == named_.end() ? *none : found->second;
}

void HeaderFields::AppendSigned(const std::vector<std::string>& names,
                                Canonicalization form,
                                std::string& text) const {
  // How many fields of a name were taken already.
  absl::flat_hash_map<const std::vector<uint32_t>*, size_t> taken;
  for (const std::string& name : names) {
    const std::vector<uint32_t>& indices = Named(name);
    if (indices.empty()) continue;
    size_t& count = taken[&indices];
    if (count == indices.size()) continue;
    ++count;
    AppendCanonicalField(form, At(indices[indices.size() - count]), text);
    text += "\r\n";
  }
}

}  // namespace postern::dkim
