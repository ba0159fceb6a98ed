#include "lib/dkim/signature_text.h"

#include "absl/strings/str_cat.h"

namespace postern::dkim {
namespace {

constexpr size_t kLineBytes = 72;
constexpr size_t kTabBytes = 8;

}  // namespace

void SignatureText::Add(absl::string_view name, absl::string_view value) {
  Begin(name, value.size());
  Append(value);
}

void SignatureText::AddList(absl::string_view name,
                            const std::vector<std::string>& members) {
  size_t bytes = 0;
  for (const std::string& member : members) bytes += member.size() + 1;
  // On a line of its own, if that is enough for all.
  const bool is_short = kTabBytes + name.size() + 1 + bytes <= kLineBytes;
  Begin(name, is_short || members.empty() ? bytes : members.front().size());
  for (size_t i = 0; i < members.size(); ++i) {
    // The ':' or ';' behind it belongs to its line.
    if (i > 0 && column_ + members[i].size() + 1 > kLineBytes) Fold();
    Append(members[i]);
    if (i + 1 < members.size()) Append(":");
  }
}

void SignatureText::AddLong(absl::string_view name, absl::string_view value) {
  Begin(name, 4);  // Whatever the value: b= stands where it stood when empty.
  while (!value.empty()) {
    if (column_ >= kLineBytes) Fold();
    const absl::string_view piece = value.substr(0, kLineBytes - column_);
    Append(piece);
    value.remove_prefix(piece.size());
  }
}

void SignatureText::Begin(absl::string_view name, size_t value_bytes) {
  const size_t bytes = name.size() + 1 + value_bytes;
  if (has_tag_) {
    Append(";");
    if (column_ + 1 + bytes + 1 > kLineBytes) {
      Fold();
    } else {
      Append(" ");
    }
  }
  has_tag_ = true;
  Append(name);
  Append("=");
}

void SignatureText::Append(absl::string_view bytes) {
  absl::StrAppend(&text_, bytes);
  column_ += bytes.size();
}

void SignatureText::Fold() {
  absl::StrAppend(&text_, "\r\n\t");
  column_ = kTabBytes;
}

}  // namespace postern::dkim
