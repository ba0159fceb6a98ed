#include "mta/outbound/pipe_arguments.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::mta::outbound {
namespace {

// One of both is set.
struct Macro {
  absl::string_view name;
  std::string PipeRecipient::*of_recipient;
  std::string PipeFacts::*of_message;
};
constexpr Macro kMacros[] = {
    {"recipient", &PipeRecipient::recipient, nullptr},
    {"original_recipient", &PipeRecipient::original_recipient, nullptr},
    {"user", &PipeRecipient::user, nullptr},
    {"extension", &PipeRecipient::extension, nullptr},
    {"mailbox", &PipeRecipient::mailbox, nullptr},
    {"domain", &PipeRecipient::domain, nullptr},
    {"sender", nullptr, &PipeFacts::sender},
    {"nexthop", nullptr, &PipeFacts::nexthop},
    {"queue_id", nullptr, &PipeFacts::queue_id},
    {"size", nullptr, nullptr},  // A number.
};

bool IsNameCharacter(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// Takes the name of a macro from behind its dollar.
absl::StatusOr<absl::string_view> TakeName(absl::string_view& text) {
  const char open = text.empty() ? '\0' : text[0];
  const char close = open == '{' ? '}' : open == '(' ? ')' : '\0';
  if (close != '\0') text.remove_prefix(1);
  const size_t size = std::distance(
      text.begin(),
      std::find_if_not(text.begin(), text.end(), IsNameCharacter));
  const absl::string_view name = text.substr(0, size);
  text.remove_prefix(size);
  if (close == '\0') return name;
  if (text.empty() || text[0] != close) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no \"", std::string(1, close), "\" behind ${", Printable(name)));
  }
  text.remove_prefix(1);
  return name;
}

absl::StatusOr<int> FindMacro(absl::string_view name) {
  for (size_t i = 0; i < std::size(kMacros); ++i) {
    if (kMacros[i].name == name) return static_cast<int>(i);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no macro \"$", Printable(name), "\""));
}

bool HasControl(absl::string_view text) {
  return absl::c_any_of(text, absl::ascii_iscntrl);
}

}  // namespace

absl::StatusOr<PipeArguments::Word> PipeArguments::ParseWord(
    const std::string& text) {
  Word word;
  Part part;
  absl::string_view rest = text;
  while (!rest.empty()) {
    const char c = rest[0];
    rest.remove_prefix(1);
    if (c != '$') {
      part.text += c;
    } else if (!rest.empty() && rest[0] == '$') {
      part.text += c;
      rest.remove_prefix(1);
    } else {
      ASSIGN_OR_RETURN(const absl::string_view name, TakeName(rest));
      ASSIGN_OR_RETURN(part.macro, FindMacro(name));
      word.push_back(std::exchange(part, Part()));
    }
  }
  word.push_back(std::move(part));
  return word;
}

absl::StatusOr<PipeArguments> PipeArguments::Parse(
    absl::Span<const std::string> words) {
  PipeArguments arguments;
  for (const std::string& text : words) {
    ASSIGN_OR_RETURN(Word word, ParseWord(text));
    arguments.words_.push_back(std::move(word));
  }
  if (words.empty() || words[0].empty() || words[0][0] != '/' ||
      arguments.words_[0].size() != 1) {
    return absl::InvalidArgumentError(
        "the path of a program, without macros, is wanted first");
  }
  return arguments;
}

absl::StatusOr<std::string> PipeArguments::Expand(
    const Word& word, const PipeFacts& facts, const PipeRecipient* recipient) {
  std::string text;
  for (const Part& part : word) {
    text += part.text;
    if (part.macro < 0) continue;
    const Macro& macro = kMacros[part.macro];
    std::string value;
    if (macro.of_recipient != nullptr) {
      value = recipient->*macro.of_recipient;
    } else if (macro.of_message != nullptr) {
      value = facts.*macro.of_message;
    } else {
      value = absl::StrCat(facts.size_bytes);
    }
    if (text.empty() && !value.empty() && value[0] == '-') {
      return absl::InvalidArgumentError(
          absl::StrCat("$", macro.name, " begins with \"-\""));
    }
    if (HasControl(value)) {
      return absl::InvalidArgumentError(
          absl::StrCat("$", macro.name, " has a control character"));
    }
    text += value;
  }
  return text;
}

absl::StatusOr<std::vector<std::string>> PipeArguments::For(
    const PipeFacts& facts) const {
  std::vector<std::string> words;
  for (const Word& word : words_) {
    const bool is_of_recipients = absl::c_any_of(word, [](const Part& part) {
      return part.macro >= 0 && kMacros[part.macro].of_recipient != nullptr;
    });
    const size_t times = is_of_recipients ? facts.recipients.size() : 1;
    for (size_t i = 0; i < times; ++i) {
      ASSIGN_OR_RETURN(
          std::string text,
          Expand(word, facts,
                 is_of_recipients ? &facts.recipients[i] : nullptr));
      words.push_back(std::move(text));
    }
  }
  return words;
}

}  // namespace postern::mta::outbound
