#include "dkimd/signing_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"

namespace postern::dkimd {
namespace {

bool HasStar(absl::string_view text) { return absl::StrContains(text, '*'); }

template <typename Index, typename Numbers>
void Collect(const Index& index, absl::string_view key, Numbers& found) {
  const auto place = index.find(key);
  if (place == index.end()) return;
  found.insert(found.end(), place->second.begin(), place->second.end());
}

// Calls `visit` for each domain above `domain`, the nearest first.
template <typename Visit>
void ForEachParent(absl::string_view domain, Visit visit) {
  for (size_t dot = domain.find('.'); dot != absl::string_view::npos;
       dot = domain.find('.', dot + 1)) {
    visit(domain.substr(dot + 1));
  }
}

}  // namespace

absl::StatusOr<SigningTable> SigningTable::Create(const dkim::DataSet& set) {
  SigningTable table;
  table.has_patterns_ = set.has_patterns();
  table.entries_.reserve(set.entries().size());
  for (const dkim::DataSet::Entry& line : set.entries()) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line.value, absl::MaxSplits(':', 1));
    if (parts.first.empty()) {
      return set.ErrorAt(
          line, absl::StrCat("\"", Printable(line.key), "\" names no key"));
    }
    const auto number = static_cast<uint32_t>(table.entries_.size());
    const std::string key = absl::AsciiStrToLower(line.key);
    if (table.has_patterns_ && HasStar(key)) {
      table.AddPattern(key, number);
    } else {
      table.by_key_[key].push_back(number);
    }
    table.entries_.push_back(
        {.key = std::string(absl::StripAsciiWhitespace(parts.first)),
         .signer = std::string(absl::StripAsciiWhitespace(parts.second)),
         .line = line.line});
  }
  return table;
}

void SigningTable::AddPattern(absl::string_view pattern, uint32_t number) {
  absl::string_view rest = pattern;
  if (pattern == "*" || pattern == "*@*") {
    for_all_.push_back(number);
  } else if (absl::ConsumePrefix(&rest, "*@*.") && !HasStar(rest) &&
             !absl::StrContains(rest, '@')) {
    by_parent_[rest].push_back(number);
  } else if (rest = pattern; absl::ConsumePrefix(&rest, "*@") &&
                             !HasStar(rest) && !absl::StrContains(rest, '@')) {
    by_domain_[rest].push_back(number);
  } else {
    others_.emplace_back(pattern, number);
  }
}

void SigningTable::FindByKeys(absl::string_view user, absl::string_view host,
                              bool all, Numbers& found) const {
  const auto ask = [&](absl::string_view key) {
    if (all || found.empty()) Collect(by_key_, key, found);
  };
  ask(absl::StrCat(user, "@", host));
  ask(host);
  ForEachParent(host, [&](absl::string_view parent) {
    ask(absl::StrCat(user, "@.", parent));
  });
  ForEachParent(
      host, [&](absl::string_view parent) { ask(absl::StrCat(".", parent)); });
  ask(absl::StrCat(user, "@*"));
  ask("*");
}

void SigningTable::FindByPatterns(absl::string_view user,
                                  absl::string_view host,
                                  Numbers& found) const {
  const std::string address = absl::StrCat(user, "@", host);
  Collect(by_key_, address, found);
  Collect(by_domain_, host, found);
  ForEachParent(host, [&](absl::string_view parent) {
    Collect(by_parent_, parent, found);
  });
  found.insert(found.end(), for_all_.begin(), for_all_.end());
  for (const auto& [pattern, number] : others_) {
    if (MatchesPattern(pattern, address)) found.push_back(number);
  }
  std::sort(found.begin(), found.end());
}

std::vector<const SigningTable::Entry*> SigningTable::Find(
    absl::string_view local_part, absl::string_view domain, bool all) const {
  const std::string user = absl::AsciiStrToLower(local_part);
  const std::string host = absl::AsciiStrToLower(domain);
  Numbers found;
  if (has_patterns_) {
    FindByPatterns(user, host, found);
  } else {
    FindByKeys(user, host, all, found);
  }
  if (!all && found.size() > 1) found.resize(1);
  std::vector<const Entry*> matches;
  for (const uint32_t number : found) matches.push_back(&entries_[number]);
  return matches;
}

bool MatchesPattern(absl::string_view pattern, absl::string_view text) {
  // Where to go on when what follows the latest '*' does not fit after all.
  size_t star = absl::string_view::npos;
  size_t retry = 0;
  size_t p = 0;
  size_t t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == absl::string_view::npos;
}

}  // namespace postern::dkimd
