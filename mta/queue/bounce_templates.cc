#include "mta/queue/bounce_templates.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/mail/utf8.h"

namespace postern::mta::queue {
namespace {

constexpr size_t kLongestFile = 64 << 10;
constexpr size_t kLongestField = 500;
constexpr size_t kLongestLine = 900;
constexpr absl::string_view kNames[] = {"failure_template", "delay_template",
                                        "success_template", "verify_template"};

bool IsNameChar(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// Replaces $name and ${name}.
absl::StatusOr<std::string> Expand(
    absl::string_view text,
    const std::map<std::string, std::string>& variables) {
  std::string out;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    absl::StrAppend(&out, text.substr(0, dollar));
    if (dollar == text.npos) break;
    text.remove_prefix(dollar + 1);
    if (absl::ConsumePrefix(&text, "$")) {
      out += '$';
      continue;
    }
    const bool is_braced = absl::ConsumePrefix(&text, "{");
    const size_t size =
        std::find_if_not(text.begin(), text.end(), IsNameChar) - text.begin();
    const std::string name(text.substr(0, size));
    text.remove_prefix(size);
    const auto variable = variables.find(name);
    if (variable == variables.end() ||
        (is_braced && !absl::ConsumePrefix(&text, "}"))) {
      return absl::InvalidArgumentError(
          absl::StrCat("no such variable: $", Printable(name, 50)));
    }
    absl::StrAppend(&out, variable->second);
  }
  return out;
}

// Gives an address that is only a name its domain.
std::string WithDomain(absl::string_view from, absl::string_view host) {
  const size_t open = from.find('<');
  const size_t begin = open == from.npos ? 0 : open + 1;
  const size_t end = std::min(
      from.find_first_of(open == from.npos ? " (" : ">", begin), from.size());
  if (from.substr(begin, end - begin).find('@') != from.npos) {
    return std::string(from);
  }
  return absl::StrCat(from.substr(0, end), "@", host, from.substr(end));
}

class Parser {
 public:
  Parser(absl::string_view text,
         const std::map<std::string, std::string>& variables)
      : lines_(absl::StrSplit(text, '\n')), variables_(variables) {
    for (absl::string_view& line : lines_) absl::ConsumeSuffix(&line, "\r");
  }

  absl::StatusOr<BounceTemplates> Parse() {
    while (next_ < lines_.size()) {
      const absl::Status status = ParseNext();
      if (!status.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat("line ", next_, ": ", status.message()));
      }
    }
    return std::move(templates_);
  }

 private:
  absl::Status ParseNext() {
    const absl::string_view line = absl::StripAsciiWhitespace(lines_[next_++]);
    if (line.empty() || line.front() == '#') return absl::OkStatus();
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits('=', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(parts.first);
    absl::string_view word = absl::StripAsciiWhitespace(parts.second);
    if (std::find(std::begin(kNames), std::end(kNames), name) ==
        std::end(kNames)) {
      return absl::InvalidArgumentError("expected a template: name = <<EOF");
    }
    if (!absl::ConsumePrefix(&word, "<<") || word.empty()) {
      return absl::InvalidArgumentError("expected <<EOF behind the name");
    }
    BounceTemplate found;
    RETURN_IF_ERROR(ParseHeader(word, found));
    RETURN_IF_ERROR(ParseBody(word, found));
    Keep(name, std::move(found));
    return absl::OkStatus();
  }

  absl::Status ParseHeader(absl::string_view word, BounceTemplate& into) {
    for (; next_ < lines_.size() && lines_[next_] != word; ++next_) {
      if (lines_[next_].empty()) {
        ++next_;
        return absl::OkStatus();
      }
      const std::pair<absl::string_view, absl::string_view> field =
          absl::StrSplit(lines_[next_], absl::MaxSplits(':', 1));
      const Place place = PlaceOf(field.first);
      ASSIGN_OR_RETURN(
          std::string value,
          Expand(absl::StripAsciiWhitespace(field.second), variables_));
      if (value.empty() || value.size() > kLongestField ||
          Printable(value, kLongestField) != value) {
        return absl::InvalidArgumentError(
            "expected a field with a short text in ASCII");
      }
      if (place == Place::kUnknown) {
        return absl::InvalidArgumentError(
            "expected Charset, From, Subject or Postmaster-Subject, or the "
            "empty line before the text");
      }
      RETURN_IF_ERROR(Put(place, std::move(value), into));
    }
    return absl::InvalidArgumentError("expected an empty line and a text");
  }

  enum class Place { kUnknown, kCharset, kFrom, kSubject, kPostmasterSubject };

  static Place PlaceOf(absl::string_view name) {
    if (absl::EqualsIgnoreCase(name, "Charset")) return Place::kCharset;
    if (absl::EqualsIgnoreCase(name, "From")) return Place::kFrom;
    if (absl::EqualsIgnoreCase(name, "Subject")) return Place::kSubject;
    if (absl::EqualsIgnoreCase(name, "Postmaster-Subject")) {
      return Place::kPostmasterSubject;
    }
    return Place::kUnknown;
  }

  absl::Status Put(Place place, std::string value, BounceTemplate& into) {
    if (place == Place::kCharset) {
      into.is_utf8 = absl::EqualsIgnoreCase(value, "utf-8");
      if (into.is_utf8 || absl::EqualsIgnoreCase(value, "us-ascii")) {
        return absl::OkStatus();
      }
      return absl::InvalidArgumentError("the charset may be us-ascii or utf-8");
    }
    if (place == Place::kFrom) {
      const auto host = variables_.find("myhostname");
      value = WithDomain(value, host == variables_.end() ? "" : host->second);
    }
    (place == Place::kFrom      ? into.from
     : place == Place::kSubject ? into.subject
                                : into.postmaster_subject) = std::move(value);
    return absl::OkStatus();
  }

  absl::Status ParseBody(absl::string_view word, BounceTemplate& into) {
    for (; next_ < lines_.size(); ++next_) {
      if (lines_[next_] == word) {
        ++next_;
        return absl::OkStatus();
      }
      ASSIGN_OR_RETURN(const std::string line,
                       Expand(lines_[next_], variables_));
      const bool fits =
          into.is_utf8 ? mail::IsUtf8Text(line) : mail::IsAscii(line);
      if (line.size() > kLongestLine || !fits ||
          line.find_first_of("\0\r", 0, 2) != line.npos) {
        return absl::InvalidArgumentError(
            "the line is too long or not in the charset");
      }
      absl::StrAppend(&into.body, line, "\r\n");
    }
    return absl::InvalidArgumentError(
        absl::StrCat("the template does not end: ", Printable(word, 50)));
  }

  void Keep(absl::string_view name, BounceTemplate found) {
    if (name == "failure_template") templates_.failure = std::move(found);
    if (name == "delay_template") templates_.delay = std::move(found);
    if (name == "success_template") templates_.success = std::move(found);
  }

  std::vector<absl::string_view> lines_;
  const std::map<std::string, std::string>& variables_;
  size_t next_ = 0;
  BounceTemplates templates_;
};

}  // namespace

absl::StatusOr<BounceTemplates> ParseBounceTemplates(
    absl::string_view text,
    const std::map<std::string, std::string>& variables) {
  if (text.size() > kLongestFile) {
    return absl::InvalidArgumentError("longer than 64 KiB");
  }
  return Parser(text, variables).Parse();
}

}  // namespace postern::mta::queue
