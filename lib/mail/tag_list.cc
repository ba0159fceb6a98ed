#include "lib/mail/tag_list.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/status_macros.h"

namespace postern::mail {
namespace {

constexpr size_t kMaxTags = 64;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

absl::string_view Trimmed(absl::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

bool IsName(absl::string_view text) {
  return !text.empty() && absl::ascii_isalpha(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

bool IsValue(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return IsSpace(c) || (byte > 32 && byte != 127);
  });
}

absl::StatusOr<TagList::Tag> ParseTag(absl::string_view text) {
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos) {
    return absl::InvalidArgumentError("a tag without '='");
  }
  const absl::string_view raw = text.substr(equals + 1);
  const TagList::Tag tag = {.name = Trimmed(text.substr(0, equals)),
                            .value = Trimmed(raw),
                            .raw = raw};
  if (!IsName(tag.name)) {
    return absl::InvalidArgumentError("what is before '=' is no name of a tag");
  }
  if (!IsValue(tag.value)) {
    return absl::InvalidArgumentError(
        absl::StrCat(tag.name, "= has a character that no value may have"));
  }
  return tag;
}

}  // namespace

absl::StatusOr<TagList> TagList::Parse(absl::string_view text) {
  TagList list;
  while (true) {
    const size_t end = std::min(text.find(';'), text.size());
    const bool is_last = end == text.size();
    if (is_last && Trimmed(text).empty() && !list.tags_.empty()) return list;
    ASSIGN_OR_RETURN(const Tag tag, ParseTag(text.substr(0, end)));
    if (list.Find(tag.name) != nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(tag.name.substr(0, 16), "= is there twice"));
    }
    if (list.tags_.size() == kMaxTags) {
      return absl::InvalidArgumentError("too many tags");
    }
    list.tags_.push_back(tag);
    if (is_last) return list;
    text.remove_prefix(end + 1);
  }
}

const TagList::Tag* TagList::Find(absl::string_view name) const {
  for (const Tag& tag : tags_) {
    if (tag.name == name) return &tag;
  }
  return nullptr;
}

std::vector<absl::string_view> ColonSeparated(absl::string_view value) {
  std::vector<absl::string_view> members = absl::StrSplit(value, ':');
  for (absl::string_view& member : members) member = Trimmed(member);
  return members;
}

std::optional<std::string> Base64Value(absl::string_view value) {
  std::string text;
  text.reserve(value.size());
  for (const char c : value) {
    if (IsSpace(c)) continue;
    if (!absl::ascii_isalnum(c) && c != '+' && c != '/' && c != '=') {
      return std::nullopt;
    }
    text += c;
  }
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return std::nullopt;
  return bytes;
}

}  // namespace postern::mail
