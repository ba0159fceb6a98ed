#include "lib/redis/key.h"

#include <openssl/evp.h>

#include <cassert>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace postern::redis {
namespace {

constexpr size_t kMaxTagBytes = 64;
constexpr size_t kKeptHashBytes = 16;

std::string ShortHash(absl::string_view text) {
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const int ok =
      EVP_Digest(text.data(), text.size(), hash, &size, EVP_sha256(), nullptr);
  assert(ok == 1 && size >= kKeptHashBytes);
  static_cast<void>(ok);
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(hash), kKeptHashBytes});
}

bool IsPlainTag(absl::string_view tag) {
  if (tag.empty() || tag.size() > kMaxTagBytes) return false;
  for (const char c : tag) {
    if (!absl::ascii_isalnum(c) &&
        absl::string_view("._:/-").find(c) == absl::string_view::npos) {
      return false;
    }
  }
  return true;
}

std::string Begin(absl::string_view prefix, absl::string_view tag) {
  return IsPlainTag(tag) ? absl::StrCat(prefix, "{", tag, "}:")
                         : absl::StrCat(prefix, "{#", ShortHash(tag), "}:");
}

void AppendParts(absl::Span<const absl::string_view> parts, std::string& out) {
  for (const absl::string_view part : parts) {
    absl::StrAppend(&out, part.size(), ":", part);
  }
}

}  // namespace

std::string HashedKey(absl::string_view prefix, absl::string_view tag,
                      absl::Span<const absl::string_view> parts) {
  std::string joined;
  AppendParts(parts, joined);
  return Begin(prefix, tag) + ShortHash(joined);
}

std::string Key(absl::string_view prefix, absl::string_view tag,
                absl::Span<const absl::string_view> parts) {
  std::string key = Begin(prefix, tag);
  AppendParts(parts, key);
  return key;
}

}  // namespace postern::redis
