#include "ctl/arguments.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace postern::ctl {

absl::StatusOr<Arguments> Arguments::Parse(
    const std::vector<std::string>& words, const Syntax& syntax) {
  Arguments arguments;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!absl::StartsWith(word, "-") || word == "-") {
      arguments.rest_.push_back(word);
      continue;
    }
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (syntax.options.count(name) > 0) {
      if (equals == word.npos && i + 1 == words.size()) {
        return absl::InvalidArgumentError(absl::StrCat(name, ": no value"));
      }
      arguments.values_[name] =
          equals == word.npos ? words[++i] : word.substr(equals + 1);
    } else if (syntax.switches.count(word) > 0) {
      arguments.values_[word] = "";
    } else {
      return absl::InvalidArgumentError(absl::StrCat(word, ": unknown option"));
    }
  }
  if (arguments.rest_.size() < syntax.at_least) {
    return absl::InvalidArgumentError("an argument is missing");
  }
  if (arguments.rest_.size() > syntax.at_most) {
    return absl::InvalidArgumentError(absl::StrCat(
        arguments.rest_[syntax.at_most], ": one argument too many"));
  }
  return arguments;
}

std::string Arguments::Value(const std::string& name,
                             const std::string& otherwise) const {
  const auto value = values_.find(name);
  return value == values_.end() ? otherwise : value->second;
}

absl::StatusOr<uint32_t> Arguments::Number(const std::string& name,
                                           uint32_t otherwise,
                                           uint32_t largest) const {
  if (!Has(name)) return otherwise;
  uint32_t number = 0;
  if (!absl::SimpleAtoi(Value(name), &number) || number < 1 ||
      number > largest) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, ": \"", Value(name), "\" is not a number from 1 to ", largest));
  }
  return number;
}

}  // namespace postern::ctl
