#include "lib/table/expression_snapshot.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/table/logical_line.h"
#include "lib/table/result_text.h"
#include "lib/table/rule.h"
#include "re2/re2.h"

namespace postern::table {
namespace {

absl::Status Invalid(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

// A rule's expression and result, ready to use.
struct Compiled {
  std::unique_ptr<const RE2> expression;
  ResultText result;
};

absl::StatusOr<std::unique_ptr<const RE2>> Compile(
    const Expression& expression) {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);  // Keys are bytes.
  options.set_longest_match(expression.is_longest_match);
  options.set_dot_nl(expression.dot_matches_newline);
  options.set_case_sensitive(expression.is_case_sensitive);
  options.set_log_errors(false);
  auto compiled = std::make_unique<const RE2>(expression.text, options);
  if (!compiled->ok()) {
    return Invalid(absl::StrCat("RE2: ", Printable(compiled->error())));
  }
  return compiled;
}

absl::StatusOr<std::unique_ptr<const RE2>> Compile(const Rule& rule,
                                                   Translator translate) {
  const DelimitedPattern pattern = SplitPattern(rule.pattern);
  const absl::StatusOr<Expression> expression = translate(pattern);
  absl::StatusOr<std::unique_ptr<const RE2>> compiled =
      expression.ok() ? Compile(*expression) : expression.status();
  if (compiled.ok()) return compiled;
  return Invalid(absl::StrCat(compiled.status().message(), " in \"",
                              Printable(pattern.expression), "\""));
}

absl::StatusOr<Compiled> CompileRule(const Rule& rule, Translator translate) {
  Compiled compiled;
  ASSIGN_OR_RETURN(compiled.expression, Compile(rule, translate));
  ASSIGN_OR_RETURN(compiled.result, ResultText::Parse(rule.result));
  const int last_group = compiled.result.last_group();
  if (last_group > 0 && rule.is_negated) {
    return Invalid("$1 in a rule with \"!\", which matches nothing");
  }
  if (last_group > compiled.expression->NumberOfCapturingGroups()) {
    return Invalid(absl::StrCat("$", last_group, ": there are ",
                                compiled.expression->NumberOfCapturingGroups(),
                                " pairs of parentheses"));
  }
  return compiled;
}

class ExpressionSnapshot final : public Snapshot {
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
    return Fill(text, compiled_[found]);
  }

  std::vector<table::Result> Results() const override {
    std::vector<table::Result> results;
    for (const Rule& rule : rules_) {
      if (!rule.is_if) results.push_back({rule.line, rule.result});
    }
    return results;
  }

 private:
  static std::string Fill(const re2::StringPiece& text,
                          const Compiled& compiled) {
    const int last_group = compiled.result.last_group();
    if (last_group == 0) return compiled.result.Fill({});
    std::vector<re2::StringPiece> matched(last_group + 1);
    compiled.expression->Match(text, 0, text.size(), RE2::UNANCHORED,
                               matched.data(), last_group + 1);
    std::vector<absl::string_view> groups;
    for (const re2::StringPiece& group : matched) {
      groups.emplace_back(group.data(), group.size());
    }
    return compiled.result.Fill(groups);
  }

  std::vector<Rule> rules_;
  std::vector<Compiled> compiled_;  // One a rule.
};

}  // namespace

absl::StatusOr<std::unique_ptr<const Snapshot>> ParseExpressions(
    absl::string_view content, const std::string& path, Translator translate) {
  ASSIGN_OR_RETURN(std::vector<Rule> rules,
                   ParseRules(content, path, DelimitedBytes));
  auto snapshot = std::make_unique<ExpressionSnapshot>();
  for (Rule& rule : rules) {
    auto compiled = CompileRule(rule, translate);
    if (!compiled.ok()) {
      return LineError(path, rule.line, compiled.status().message());
    }
    snapshot->Add(std::move(rule), *std::move(compiled));
  }
  return snapshot;
}

}  // namespace postern::table
