#include "mta/outbound/command_line.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"

namespace postern::mta::outbound {
namespace {

// What a shell would act on where no quote stops it.
constexpr absl::string_view kShell = "|&;<>()$`*?[]#~={}!^%\n\r";

absl::Status NeedsShell(char c) {
  const std::string shown =
      c < ' ' ? "a line end" : absl::StrCat("\"", std::string(1, c), "\"");
  return absl::InvalidArgumentError(
      absl::StrCat(shown, " needs a shell, which commands do not have"));
}

class Splitter {
 public:
  explicit Splitter(absl::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<std::string>> All() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t') {
        EndWord();
      } else if (c == '\'') {
        RETURN_IF_ERROR(TakeSingleQuoted());
      } else if (c == '"') {
        RETURN_IF_ERROR(TakeDoubleQuoted());
      } else if (c == '\\') {
        if (++at_ == text_.size()) return Unfinished();
        Add(text_[at_]);
      } else if (c == '\0' || absl::StrContains(kShell, c)) {
        return NeedsShell(c);
      } else {
        Add(c);
      }
    }
    EndWord();
    return std::move(words_);
  }

 private:
  static absl::Status Unfinished() {
    return absl::InvalidArgumentError("a quote or a backslash is not finished");
  }

  void Add(char c) {
    word_ += c;
    is_in_word_ = true;
  }

  void EndWord() {
    if (is_in_word_) words_.push_back(std::exchange(word_, ""));
    is_in_word_ = false;
  }

  absl::Status TakeSingleQuoted() {
    is_in_word_ = true;
    const size_t end = text_.find('\'', at_ + 1);
    if (end == text_.npos) return Unfinished();
    absl::StrAppend(&word_, text_.substr(at_ + 1, end - at_ - 1));
    at_ = end;
    return absl::OkStatus();
  }

  absl::Status TakeDoubleQuoted() {
    is_in_word_ = true;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '$' || text_[at_] == '`') return NeedsShell(text_[at_]);
      const bool is_escaped = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                              absl::StrContains("\"\\$`", text_[at_ + 1]);
      if (is_escaped) ++at_;
      word_ += text_[at_];
    }
    return at_ < text_.size() ? absl::OkStatus() : Unfinished();
  }

  const absl::string_view text_;
  size_t at_ = 0;
  std::vector<std::string> words_;
  std::string word_;
  bool is_in_word_ = false;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> SplitCommand(absl::string_view text) {
  if (absl::StrContains(text, '\0')) return NeedsShell('\0');
  ASSIGN_OR_RETURN(std::vector<std::string> words, Splitter(text).All());
  if (words.empty() || !absl::StartsWith(words.front(), "/")) {
    return absl::InvalidArgumentError(
        "the program must be named by its whole path");
  }
  return words;
}

}  // namespace postern::mta::outbound
