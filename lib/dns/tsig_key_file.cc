#include "lib/dns/tsig_key_file.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

// Takes words, quoted strings and the signs '{', '}' and ';' from the front.
class Words {
 public:
  explicit Words(absl::string_view text) : left_(text) {}

  // Returns the next one, a string without its quotes; "" at the end.
  std::string Next() {
    SkipBlanks();
    if (left_.empty()) return "";
    if (left_[0] == '"') {
      const size_t end = std::min(left_.find('"', 1), left_.size());
      return Take(end + 1, 1, end - 1);
    }
    if (absl::StrContains("{};", left_[0])) return Take(1, 0, 1);
    const size_t end =
        std::min(left_.find_first_of(" \t\r\n{};\""), left_.size());
    return Take(end, 0, end);
  }

  absl::Status Expect(absl::string_view wanted) {
    const std::string word = Next();
    if (word == wanted) return absl::OkStatus();
    return Error(absl::StrCat("\"", wanted, "\" is expected here, not \"",
                              Printable(word), "\""));
  }

  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat("line ", line_, ": ", what));
  }

 private:
  std::string Take(size_t all, size_t from, size_t length) {
    const std::string word(left_.substr(from, length));
    Skip(all);
    return word;
  }

  void Skip(size_t bytes) {
    const absl::string_view passed = left_.substr(0, bytes);
    line_ += std::count(passed.begin(), passed.end(), '\n');
    left_.remove_prefix(passed.size());
  }

  void SkipBlanks() {
    while (!left_.empty()) {
      if (absl::ascii_isspace(left_[0])) {
        Skip(1);
      } else if (left_[0] == '#' || absl::StartsWith(left_, "//")) {
        Skip(std::min(left_.find('\n'), left_.size()));
      } else if (absl::StartsWith(left_, "/*")) {
        const size_t end = left_.find("*/", 2);
        Skip(end == absl::string_view::npos ? left_.size() : end + 2);
      } else {
        return;
      }
    }
  }

  absl::string_view left_;
  size_t line_ = 1;
};

absl::Status ReadAlgorithm(Words& words, TsigKey& key) {
  const std::string name = absl::AsciiStrToLower(words.Next());
  if (name == "hmac-sha256") {
    key.hash = net::KeyedDigest::Hash::kSha256;
  } else if (name == "hmac-sha512") {
    key.hash = net::KeyedDigest::Hash::kSha512;
  } else {
    return words.Error(absl::StrCat("algorithm \"", Printable(name),
                                    "\": hmac-sha256 or hmac-sha512"));
  }
  return words.Expect(";");
}

absl::Status ReadSecret(Words& words, TsigKey& key) {
  if (!absl::Base64Unescape(words.Next(), &key.secret) || key.secret.empty()) {
    return words.Error("the secret is not base64");
  }
  return words.Expect(";");
}

// Reads what stands between '{' and '}'.
absl::Status ReadClause(Words& words, TsigKey& key) {
  bool has_algorithm = false;
  for (std::string word = words.Next(); word != "}"; word = words.Next()) {
    if (word == "algorithm") {
      RETURN_IF_ERROR(ReadAlgorithm(words, key));
      has_algorithm = true;
    } else if (word == "secret") {
      RETURN_IF_ERROR(ReadSecret(words, key));
    } else {
      return words.Error(absl::StrCat(
          "\"", Printable(word), "\": a key has an algorithm and a secret"));
    }
  }
  if (has_algorithm && !key.secret.empty()) return absl::OkStatus();
  return words.Error("the key has no algorithm or no secret");
}

}  // namespace

absl::StatusOr<TsigKey> ParseTsigKeyFile(absl::string_view text) {
  Words words(text);
  TsigKey key;
  RETURN_IF_ERROR(words.Expect("key"));
  key.name = Normalized(words.Next());
  if (!IsDomainName(key.name)) {
    return words.Error(
        absl::StrCat("\"", Printable(key.name), "\" is no name of a key"));
  }
  RETURN_IF_ERROR(words.Expect("{"));
  RETURN_IF_ERROR(ReadClause(words, key));
  RETURN_IF_ERROR(words.Expect(";"));
  const std::string more = words.Next();
  if (more.empty()) return key;
  return words.Error("the file has more than one key");
}

}  // namespace postern::dns
