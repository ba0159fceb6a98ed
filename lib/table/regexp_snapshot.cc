#include "lib/table/regexp_snapshot.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/table/logical_line.h"
#include "lib/table/posix_pattern.h"
#include "lib/table/rule.h"
#include "re2/re2.h"

namespace postern::table {
namespace {

constexpr int kMaxGroups = 9;

absl::Status Invalid(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

// A result in pieces: a text, and the group whose match follows it.
struct Piece {
  std::string text;
  int group = 0;  // 0: none.
};

// Takes "$1", "${1}" or "$(1)" off the beginning of `rest`, or "$$", which is
// group 0.
std::optional<int> TakeReference(absl::string_view& rest) {
  rest.remove_prefix(1);
  if (rest.empty()) return std::nullopt;
  const char open = rest.front();
  if (open == '$') {
    rest.remove_prefix(1);
    return 0;
  }
  const bool is_enclosed = open == '{' || open == '(';
  if (is_enclosed) rest.remove_prefix(1);
  if (rest.empty() || rest.front() < '1' || rest.front() > '9') {
    return std::nullopt;
  }
  const int group = rest.front() - '0';
  rest.remove_prefix(1);
  if (is_enclosed) {
    const char close = open == '{' ? '}' : ')';
    if (rest.empty() || rest.front() != close) return std::nullopt;
    rest.remove_prefix(1);
  }
  return group;
}

absl::StatusOr<std::vector<Piece>> ParseResult(absl::string_view result) {
  std::vector<Piece> pieces(1);
  while (!result.empty()) {
    if (result.front() != '$') {
      pieces.back().text += result.front();
      result.remove_prefix(1);
      continue;
    }
    const std::optional<int> group = TakeReference(result);
    if (!group.has_value()) return Invalid("a lone \"$\"; write $$ for it");
    if (*group == 0) {
      pieces.back().text += '$';
    } else {
      pieces.back().group = *group;
      pieces.emplace_back();
    }
  }
  return pieces;
}

// A pattern with its delimiters and flags, taken apart.
struct Pattern {
  absl::string_view expression;
  bool is_case_sensitive = false;
  bool is_multi_line = false;
};

// Returns the index of the delimiter that ends the pattern.
size_t DelimiterAt(absl::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[0]) {
      return i;
    }
  }
  return text.npos;
}

size_t RegexpBytes(absl::string_view text) {
  const bool is_delimited =
      absl::ascii_ispunct(text.front()) && text.front() != '\\';
  const size_t end = is_delimited ? DelimiterAt(text) : text.npos;
  if (end == text.npos) return 0;
  return std::min(text.find_first_of(" \t\r", end), text.size());
}

absl::StatusOr<Pattern> ParsePattern(absl::string_view text) {
  const size_t end = DelimiterAt(text);
  Pattern pattern;
  pattern.expression = text.substr(1, end - 1);
  bool is_basic = false;
  for (const char flag : text.substr(end + 1)) {
    if (flag == 'i') {
      pattern.is_case_sensitive = !pattern.is_case_sensitive;
    } else if (flag == 'm') {
      pattern.is_multi_line = !pattern.is_multi_line;
    } else if (flag == 'x') {
      is_basic = !is_basic;
    } else {
      return Invalid(absl::StrCat("unknown flag \"",
                                  Printable(std::string(1, flag)), "\""));
    }
  }
  if (is_basic) return Invalid("flag x: RE2 has no basic syntax");
  return pattern;
}

// A rule's pattern and result, ready to use.
struct Compiled {
  std::unique_ptr<const RE2> expression;
  std::vector<Piece> result;
};

absl::StatusOr<std::unique_ptr<const RE2>> Compile(const Pattern& pattern) {
  ASSIGN_OR_RETURN(std::string expression, PosixToRe2(pattern.expression));
  if (pattern.is_multi_line) expression = absl::StrCat("(?m)", expression);
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);  // Bytes, as POSIX.
  options.set_longest_match(true);                     // As POSIX.
  options.set_dot_nl(!pattern.is_multi_line);
  options.set_case_sensitive(pattern.is_case_sensitive);
  options.set_log_errors(false);
  auto compiled = std::make_unique<const RE2>(expression, options);
  if (!compiled->ok()) {
    return Invalid(absl::StrCat("RE2: ", Printable(compiled->error())));
  }
  return compiled;
}

absl::StatusOr<Compiled> Compile(const Rule& rule) {
  Compiled compiled;
  ASSIGN_OR_RETURN(const Pattern pattern, ParsePattern(rule.pattern));
  ASSIGN_OR_RETURN(compiled.expression, Compile(pattern));
  ASSIGN_OR_RETURN(compiled.result, ParseResult(rule.result));
  for (const Piece& piece : compiled.result) {
    if (piece.group > 0 && rule.is_negated) {
      return Invalid("$1 in a rule with \"!\", which matches nothing");
    }
    if (piece.group > compiled.expression->NumberOfCapturingGroups()) {
      return Invalid(
          absl::StrCat("$", piece.group, ": there are ",
                       compiled.expression->NumberOfCapturingGroups(),
                       " pairs of parentheses"));
    }
  }
  return compiled;
}

class RegexpSnapshot final : public Snapshot {
 public:
  void Add(Rule rule, Compiled compiled) {
    rules_.push_back(std::move(rule));
    compiled_.push_back(std::move(compiled));
  }

  std::optional<std::string> Find(absl::string_view key) const override {
    const re2::StringPiece text(key.data(), key.size());
    const size_t found = FirstMatch(rules_, [&](size_t i) {
      return RE2::PartialMatch(text, *compiled_[i].expression);
    });
    if (found == rules_.size()) return std::nullopt;
    return Result(text, compiled_[found]);
  }

 private:
  static std::string Result(const re2::StringPiece& text,
                            const Compiled& compiled) {
    if (compiled.result.size() == 1) return compiled.result[0].text;
    re2::StringPiece groups[kMaxGroups + 1];
    const int wanted =
        std::min(kMaxGroups, compiled.expression->NumberOfCapturingGroups());
    compiled.expression->Match(text, 0, text.size(), RE2::UNANCHORED, groups,
                               wanted + 1);
    std::string result;
    for (const Piece& piece : compiled.result) {
      result += piece.text;
      if (piece.group > 0) {
        result.append(groups[piece.group].data(), groups[piece.group].size());
      }
    }
    return result;
  }

  std::vector<Rule> rules_;
  std::vector<Compiled> compiled_;  // One a rule.
};

}  // namespace

absl::StatusOr<std::unique_ptr<const Snapshot>> ParseRegexp(
    absl::string_view content, const std::string& path) {
  ASSIGN_OR_RETURN(std::vector<Rule> rules,
                   ParseRules(content, path, RegexpBytes));
  auto snapshot = std::make_unique<RegexpSnapshot>();
  for (Rule& rule : rules) {
    auto compiled = Compile(rule);
    if (!compiled.ok()) {
      return LineError(path, rule.line, compiled.status().message());
    }
    snapshot->Add(std::move(rule), *std::move(compiled));
  }
  return snapshot;
}

}  // namespace postern::table
