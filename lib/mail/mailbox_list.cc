#include "lib/mail/mailbox_list.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/mail/idna.h"

namespace postern::mail {
namespace {

constexpr size_t kMaxMailboxes = 1000;

absl::Status Broken(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

bool IsAtomByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 32 && byte != 127 && !absl::StrContains("()<>[]:;@\\,.\"", c);
}

struct Token {
  // kSpecial: the one character of `text`.
  enum class Kind { kEnd, kAtom, kQuoted, kLiteral, kSpecial };
  Kind kind = Kind::kEnd;
  std::string text;

  bool Is(char special) const {
    return kind == Kind::kSpecial && text[0] == special;
  }
  bool IsWord() const { return kind == Kind::kAtom || kind == Kind::kQuoted; }
};

// Cuts the text into tokens, one ahead.
class Tokens {
 public:
  explicit Tokens(absl::string_view text) : rest_(text) {}

  const Token& next() const { return next_; }

  // Goes to the next token.
  absl::Status Advance() {
    RETURN_IF_ERROR(SkipSpace());
    next_ = Token();
    if (rest_.empty()) return absl::OkStatus();
    if (rest_[0] == '"') return TakeUntil('"', Token::Kind::kQuoted);
    if (rest_[0] == '[') return TakeUntil(']', Token::Kind::kLiteral);
    size_t length = 0;
    while (length < rest_.size() && IsAtomByte(rest_[length])) ++length;
    if (length == 0 && !absl::StrContains("<>:;@,.", rest_[0])) {
      return Broken("a character that cannot stand there");
    }
    next_.kind = length == 0 ? Token::Kind::kSpecial : Token::Kind::kAtom;
    next_.text = std::string(rest_.substr(0, length == 0 ? 1 : length));
    rest_.remove_prefix(next_.text.size());
    return absl::OkStatus();
  }

 private:
  // White space, folds and comments, however deep.
  absl::Status SkipSpace() {
    size_t depth = 0;
    size_t at = 0;
    for (; at < rest_.size(); ++at) {
      const char c = rest_[at];
      if (c == '\0') return Broken("a NUL");
      if (c == '(') {
        ++depth;
      } else if (depth > 0 && c == ')') {
        --depth;
      } else if (depth > 0 && c == '\\') {
        ++at;
      } else if (depth == 0 && !absl::StrContains(" \t\r\n", c)) {
        break;
      }
    }
    if (depth > 0) return Broken("a comment has no end");
    rest_.remove_prefix(std::min(at, rest_.size()));
    return absl::OkStatus();
  }

  // A quoted string or a domain literal, without what is around it.
  absl::Status TakeUntil(char end, Token::Kind kind) {
    next_.kind = kind;
    for (size_t at = 1; at < rest_.size(); ++at) {
      char c = rest_[at];
      if (c == end) {
        rest_.remove_prefix(at + 1);
        return absl::OkStatus();
      }
      if (c == '\\' && ++at < rest_.size()) c = rest_[at];
      if (c == '\0') return Broken("a NUL");
      if (c == '\r' || c == '\n') continue;  // A fold.
      next_.text += c;
    }
    return Broken("a quotation has no end");
  }

  absl::string_view rest_;
  Token next_;
};

class Parser {
 public:
  explicit Parser(absl::string_view value) : tokens_(value) {}

  absl::StatusOr<std::vector<Address>> List() {
    RETURN_IF_ERROR(tokens_.Advance());
    while (next().kind != Token::Kind::kEnd) {
      if (!next().Is(',')) RETURN_IF_ERROR(TakeMember(/*in_group=*/false));
      if (next().kind == Token::Kind::kEnd) break;
      if (!next().Is(',')) return Broken("no comma behind an address");
      RETURN_IF_ERROR(tokens_.Advance());
    }
    return std::move(addresses_);
  }

 private:
  const Token& next() const { return tokens_.next(); }

  // Words and dots: a name, or the local part of an address.
  struct Phrase {
    std::string local_part;
    bool is_local_part = true;  // Words with one dot between any two.
    bool is_empty = true;
  };

  absl::StatusOr<Phrase> TakeWords() {
    Phrase phrase;
    bool wants_word = true;
    while (next().IsWord() || next().Is('.')) {
      phrase.is_empty = false;
      if (next().IsWord() != wants_word) phrase.is_local_part = false;
      wants_word = next().Is('.');
      absl::StrAppend(&phrase.local_part, next().text);
      RETURN_IF_ERROR(tokens_.Advance());
    }
    if (wants_word) phrase.is_local_part = false;
    return phrase;
  }

  // A mailbox, or a group with its members.
  absl::Status TakeMember(bool in_group) {
    ASSIGN_OR_RETURN(const Phrase phrase, TakeWords());
    if (next().Is('<')) return TakeAngle();
    if (next().Is('@')) return TakeAddress(phrase);
    if (!next().Is(':') || phrase.is_empty || in_group) {
      return Broken("words without an address");
    }
    RETURN_IF_ERROR(tokens_.Advance());
    while (!next().Is(';')) {
      if (!next().Is(',')) RETURN_IF_ERROR(TakeMember(/*in_group=*/true));
      if (next().Is(';')) break;
      if (!next().Is(',')) return Broken("a group has no end");
      RETURN_IF_ERROR(tokens_.Advance());
    }
    return tokens_.Advance();
  }

  // "<user@domain>", with the route of old times, which is dropped (FROM-07).
  absl::Status TakeAngle() {
    RETURN_IF_ERROR(tokens_.Advance());
    if (next().Is('@')) {
      while (next().Is('@') || next().Is(',')) {
        const bool is_hop = next().Is('@');
        RETURN_IF_ERROR(tokens_.Advance());
        if (is_hop) RETURN_IF_ERROR(TakeDomain().status());
      }
      if (!next().Is(':')) return Broken("a route has no end");
      RETURN_IF_ERROR(tokens_.Advance());
    }
    ASSIGN_OR_RETURN(const Phrase phrase, TakeWords());
    if (!next().Is('@')) return Broken("no @ between angle brackets");
    RETURN_IF_ERROR(TakeAddress(phrase));
    if (!next().Is('>')) return Broken("an angle bracket has no end");
    return tokens_.Advance();
  }

  // What begins with the local part `phrase` and goes on with '@'.
  absl::Status TakeAddress(const Phrase& phrase) {
    if (!phrase.is_local_part) return Broken("words before an @");
    RETURN_IF_ERROR(tokens_.Advance());
    ASSIGN_OR_RETURN(std::string domain, TakeDomain());
    if (addresses_.size() == kMaxMailboxes) return Broken("too many mailboxes");
    addresses_.push_back(
        {.local_part = phrase.local_part, .domain = std::move(domain)});
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> TakeDomain() {
    std::string domain;
    if (next().kind == Token::Kind::kLiteral) {
      domain = absl::StrCat("[", next().text, "]");
      RETURN_IF_ERROR(tokens_.Advance());
    } else {
      bool wants_atom = true;
      while ((wants_atom && next().kind == Token::Kind::kAtom) ||
             (!wants_atom && next().Is('.'))) {
        wants_atom = !wants_atom;
        absl::StrAppend(&domain, next().text);
        RETURN_IF_ERROR(tokens_.Advance());
      }
    }
    if (!IsDomain(domain, Charset::kUtf8)) return Broken("no domain behind @");
    return ToALabels(domain);
  }

  Tokens tokens_;
  std::vector<Address> addresses_;
};

}  // namespace

absl::StatusOr<std::vector<Address>> ParseMailboxList(absl::string_view value) {
  return Parser(value).List();
}

}  // namespace postern::mail
