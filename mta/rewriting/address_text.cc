#include "mta/rewriting/address_text.h"

#include <optional>

#include "absl/strings/str_cat.h"

namespace postern::mta::rewriting {
namespace {

constexpr absl::string_view kSpecials = "()<>[]:;@,.\"\\";

struct Token {
  enum class Kind { kWord, kQuoted, kLiteral, kSpecial };
  Kind kind;
  std::string text;  // Of a quoted string without its quotes.
  size_t begin;
  size_t end;

  bool Is(char c) const { return kind == Kind::kSpecial && text[0] == c; }
  bool is_word() const { return kind == Kind::kWord || kind == Kind::kQuoted; }
};

using Tokens = std::vector<Token>;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Cuts a text into tokens; whitespace and comments fall out.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  Tokens All() {
    Tokens tokens;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (IsBlank(c)) {
        ++at_;
      } else if (c == '(') {
        SkipComment();
      } else if (c == '"') {
        tokens.push_back(Enclosed(Token::Kind::kQuoted, '"'));
      } else if (c == '[') {
        tokens.push_back(Enclosed(Token::Kind::kLiteral, ']'));
      } else if (kSpecials.find(c) != kSpecials.npos && c != '\\') {
        tokens.push_back(
            {Token::Kind::kSpecial, std::string(1, c), at_, at_ + 1});
        ++at_;
      } else {
        tokens.push_back(Word());
      }
    }
    return tokens;
  }

 private:
  void SkipComment() {
    size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '(') {
        ++depth;
      } else if (text_[at_] == ')' && --depth == 0) {
        ++at_;
        return;
      }
    }
  }

  // A quoted string, or a domain literal with its brackets.
  Token Enclosed(Token::Kind kind, char close) {
    Token token = {kind, "", at_, 0};
    const bool keeps_ends = kind == Token::Kind::kLiteral;
    if (keeps_ends) token.text += text_[at_];
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == close) {
        if (keeps_ends) token.text += close;
        ++at_;
        break;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      token.text += text_[at_];
    }
    token.end = at_;
    return token;
  }

  Token Word() {
    Token token = {Token::Kind::kWord, "", at_, 0};
    while (
        at_ < text_.size() && !IsBlank(text_[at_]) &&
        (kSpecials.find(text_[at_]) == kSpecials.npos || text_[at_] == '\\')) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      token.text += text_[at_++];
    }
    token.end = at_;
    return token;
  }

  const absl::string_view text_;
  size_t at_ = 0;
};

// Reads all of [begin, end) as an address: words and dots, then perhaps "@" and
// a domain.
std::optional<FoundAddress> AddressOf(const Tokens& tokens, size_t begin,
                                      size_t end) {
  if (begin == end) return std::nullopt;
  mail::Address address;
  size_t i = begin;
  bool after_word = false;
  for (; i < end && !tokens[i].Is('@'); ++i) {
    const bool is_dot = tokens[i].Is('.');
    // Two words in a row are a name, not an address.
    if (!is_dot && (!tokens[i].is_word() || after_word)) return std::nullopt;
    after_word = !is_dot;
    address.local_part += tokens[i].text;
  }
  if (address.local_part.empty()) return std::nullopt;
  const bool has_domain = i < end;
  after_word = false;
  for (++i; i < end; ++i) {
    const bool is_dot = tokens[i].Is('.');
    const bool is_part = tokens[i].kind == Token::Kind::kWord ||
                         tokens[i].kind == Token::Kind::kLiteral;
    if (!is_dot && (!is_part || after_word)) return std::nullopt;
    after_word = !is_dot;
    address.domain += tokens[i].text;
  }
  if (has_domain && address.domain.empty()) return std::nullopt;
  // Whatever the tokens were, only what a path may have is an address.
  const std::string whole =
      has_domain ? address.ToString()
                 : absl::StrCat(address.ToString(), "@localhost");
  if (!mail::Address::Parse(whole, mail::Charset::kUtf8).ok()) {
    return std::nullopt;
  }
  return FoundAddress{std::move(address), tokens[begin].begin,
                      tokens[end - 1].end - tokens[begin].begin};
}

// Returns the first of [begin, end) that is one of `stops`, else `end`.
size_t FindSpecial(const Tokens& tokens, size_t begin, size_t end,
                   absl::string_view stops) {
  for (size_t i = begin; i < end; ++i) {
    if (tokens[i].kind == Token::Kind::kSpecial &&
        stops.find(tokens[i].text[0]) != stops.npos) {
      return i;
    }
  }
  return end;
}

// Reads what stands between "<" and ">": a source route may come first.
std::optional<FoundAddress> RouteAddressOf(const Tokens& tokens, size_t begin,
                                           size_t end) {
  if (begin < end && tokens[begin].Is('@')) {
    const size_t colon = FindSpecial(tokens, begin, end, ":");
    if (colon == end) return std::nullopt;
    begin = colon + 1;
  }
  return AddressOf(tokens, begin, end);
}

// Returns where the address that begins at `begin` must end: in front of two
// words in a row, the second begins another one.
size_t EndOfWords(const Tokens& tokens, size_t begin, size_t end) {
  for (size_t i = begin + 1; i < end; ++i) {
    if (tokens[i].kind != Token::Kind::kSpecial &&
        tokens[i - 1].kind != Token::Kind::kSpecial) {
      return i;
    }
  }
  return end;
}

}  // namespace

std::vector<FoundAddress> FindAddresses(absl::string_view text,
                                        Between between) {
  const Tokens tokens = Scanner(text).All();
  std::vector<FoundAddress> found;
  size_t i = 0;
  while (i < tokens.size() && found.size() < kMaxAddresses) {
    const size_t stop = FindSpecial(tokens, i, tokens.size(), ",;:<");
    std::optional<FoundAddress> address;
    if (stop < tokens.size() && tokens[stop].Is('<')) {
      const size_t close = FindSpecial(tokens, stop, tokens.size(), ">");
      if (close < tokens.size()) {
        address = RouteAddressOf(tokens, stop + 1, close);
      }
      i = between == Between::kCommaOrBlank
              ? close + 1
              : FindSpecial(tokens, close, tokens.size(), ",;") + 1;
    } else {
      // In front of a colon stands the name of a group.
      const bool is_name = stop < tokens.size() && tokens[stop].Is(':');
      const size_t end = between == Between::kCommaOrBlank
                             ? EndOfWords(tokens, i, stop)
                             : stop;
      if (!is_name) address = AddressOf(tokens, i, end);
      i = end < stop ? end : stop + 1;
    }
    if (address) found.push_back(*std::move(address));
  }
  return found;
}

std::string ReplaceAddresses(
    absl::string_view text,
    const std::vector<std::pair<FoundAddress, mail::Address>>& changes) {
  std::string out;
  size_t at = 0;
  for (const auto& [old_address, new_address] : changes) {
    absl::StrAppend(&out, text.substr(at, old_address.at - at),
                    new_address.ToString());
    at = old_address.at + old_address.bytes;
  }
  absl::StrAppend(&out, text.substr(at));
  return out;
}

}  // namespace postern::mta::rewriting
