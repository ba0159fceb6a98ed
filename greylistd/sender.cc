#include "greylistd/sender.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace postern::greylistd {
namespace {

constexpr size_t kTagCharacters = 10;

bool BeginsLikeATag(absl::string_view text) {
  return text.size() >= kTagCharacters &&
         std::all_of(text.begin(), text.begin() + kTagCharacters, [](char c) {
           return absl::ascii_isdigit(c) || absl::ascii_islower(c);
         });
}

// Of "prvs=tag=user" or "prvs=user=tag" returns the user; of anything else,
// everything.
absl::string_view WithoutBatv(absl::string_view local) {
  if (!absl::StartsWith(local, "prvs=")) return local;
  const absl::string_view rest = local.substr(5);
  const size_t equals = rest.find('=');
  if (equals == absl::string_view::npos) return local;
  const absl::string_view first = rest.substr(0, equals);
  const absl::string_view second = rest.substr(equals + 1);
  if (second.empty() || absl::StrContains(second, "=")) return local;
  if (BeginsLikeATag(second) && !BeginsLikeATag(first)) return first;
  return second;
}

bool IsWordCharacter(char c) { return absl::ascii_isalnum(c) || c == '_'; }

}  // namespace

void AppendNormalizedSender(absl::string_view sender, std::string& out) {
  const size_t at = sender.find('@');
  if (at == absl::string_view::npos) {
    out.append(sender.data(), sender.size());
    return;
  }
  absl::string_view local = WithoutBatv(sender.substr(0, at));
  local = local.substr(0, local.find('+'));
  size_t i = 0;
  while (i < local.size()) {
    // A word at a time: only one that is all digits is a number.
    size_t end = i;
    bool is_number = true;
    while (end < local.size() && IsWordCharacter(local[end])) {
      is_number = is_number && absl::ascii_isdigit(local[end]);
      ++end;
    }
    if (end == i) {
      out += local[i++];
      continue;
    }
    if (is_number) {
      out += '#';
    } else {
      out.append(local.data() + i, end - i);
    }
    i = end;
  }
  out.append(sender.data() + at, sender.size() - at);
}

}  // namespace postern::greylistd
