// Tag lists, "v=1; a=rsa-sha256; ...": how DKIM signatures and keys, ARC and
// DMARC records are written.
//
//   ASSIGN_OR_RETURN(const TagList tags, TagList::Parse(text));
//   if (const TagList::Tag* tag = tags.Find("d")) Use(tag->value);
//
// Source:  RFC 6376 section 3.2; RFC 8616 (bytes above 127 may stand in a
// value). Errors:  InvalidArgument: no list, a tag that is there twice, or too
// many. Threads: values; pure. A list holds views of the text that was parsed.
// Limits:  64 tags; linear in the text.

#ifndef POSTERN_LIB_MAIL_TAG_LIST_H_
#define POSTERN_LIB_MAIL_TAG_LIST_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::mail {

class TagList {
 public:
  struct Tag {
    absl::string_view name;
    absl::string_view value;  // Without white space around it.
    absl::string_view raw;    // All that is between '=' and ';'.
  };

  // White space and folds may stand around names and values, and a ';' behind
  // the last one.
  static absl::StatusOr<TagList> Parse(absl::string_view text);

  // Returns the tag of this name (letters' case matters), or nullptr.
  const Tag* Find(absl::string_view name) const;

  const std::vector<Tag>& tags() const { return tags_; }

 private:
  std::vector<Tag> tags_;
};

// Returns the members of a list in a value, as h= has them: what is between the
// colons, without white space around it.
std::vector<absl::string_view> ColonSeparated(absl::string_view value);

// Returns what `value` means in base64, where white space may stand anywhere;
// nullopt if it is no base64.
std::optional<std::string> Base64Value(absl::string_view value);

}  // namespace postern::mail

#endif  // POSTERN_LIB_MAIL_TAG_LIST_H_
