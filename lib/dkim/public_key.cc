#include "lib/dkim/public_key.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/mail/tag_list.h"

namespace postern::dkim {
namespace {

constexpr size_t kMaxBytes = 4096;

// Tells whether the list in a tag has one of two members; a list that is not
// there has them all.
bool Allows(const mail::TagList& tags, absl::string_view name,
            absl::string_view one, absl::string_view other) {
  const mail::TagList::Tag* const tag = tags.Find(name);
  if (tag == nullptr) return true;
  const auto members = mail::ColonSeparated(tag->value);
  return std::any_of(members.begin(), members.end(), [&](auto member) {
    return member == one || member == other;
  });
}

bool HasFlag(const mail::TagList& tags, absl::string_view flag) {
  const mail::TagList::Tag* const tag = tags.Find("t");
  if (tag == nullptr) return false;
  const auto flags = mail::ColonSeparated(tag->value);
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

std::string ReadKey(const mail::TagList& tags, KeyRecord& record) {
  const mail::TagList::Tag* const type_tag = tags.Find("k");
  const std::optional<KeyType> type =
      KeyTypeFromName(type_tag == nullptr ? "rsa" : type_tag->value);
  if (!type) return "k= of the key is not known";
  const mail::TagList::Tag* const key_tag = tags.Find("p");
  if (key_tag == nullptr) return "the key has no p=";
  record.is_revoked = key_tag->value.empty();
  if (record.is_revoked) return "the key is revoked";
  const std::optional<std::string> bytes = mail::Base64Value(key_tag->value);
  if (!bytes) return "p= of the key is no base64";
  absl::StatusOr<PublicKey> key = PublicKey::FromBytes(*type, *bytes);
  if (!key.ok()) return absl::StrCat("the key is ", key.status().message());
  record.key = *std::move(key);
  return "";
}

std::string Read(absl::string_view text, KeyRecord& record) {
  if (text.size() > kMaxBytes) return "the key record is too long";
  const absl::StatusOr<mail::TagList> tags = mail::TagList::Parse(text);
  if (!tags.ok()) {
    return absl::StrCat("the key record is wrong: ", tags.status().message());
  }
  const mail::TagList::Tag* const version = tags->Find("v");
  if (version != nullptr &&
      (version->value != "DKIM1" || version != &tags->tags().front())) {
    return "v= of the key is not DKIM1";
  }
  record.is_testing = HasFlag(*tags, "y");
  record.has_strict_domain = HasFlag(*tags, "s");
  if (!Allows(*tags, "h", "sha256", "sha256")) {
    return "the key is not for SHA-256";
  }
  if (!Allows(*tags, "s", "*", "email")) return "the key is not for mail";
  return ReadKey(*tags, record);
}

}  // namespace

KeyRecord KeyRecord::Parse(absl::string_view text) {
  KeyRecord record;
  record.fault = Read(text, record);
  if (!record.fault.empty()) record.key.reset();
  return record;
}

}  // namespace postern::dkim
