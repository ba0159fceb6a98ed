#include "lib/mail/auth_results.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/mail/field_scanner.h"
#include "lib/mail/utf8.h"

namespace postern::mail {
namespace {

constexpr size_t kMaxResults = 100;
constexpr size_t kMaxProperties = 50;
constexpr size_t kMaxValueBytes = 512;
constexpr size_t kMaxCommentBytes = 128;

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

// Reads a field; white space and comments may stand between any two things.
class Parser {
 public:
  explicit Parser(absl::string_view value) : scanner_(value) {}

  // Returns false from the moment on when a comment has no end.
  bool Skip() {
    is_open_ = is_open_ || !scanner_.SkipSpace();
    return !is_open_;
  }
  bool IsAtEnd() { return Skip() && scanner_.rest().empty(); }
  bool Take(char c) { return Skip() && scanner_.Take(c); }

  // Takes the name of the server and what version follows it.
  std::optional<std::string> Server(int& version) {
    if (!Skip()) return std::nullopt;
    std::optional<std::string> id = scanner_.Value();
    if (!id || !Skip()) return std::nullopt;
    version = Number().value_or(1);
    if (!Skip()) return std::nullopt;
    if (!scanner_.rest().empty() && scanner_.rest().front() != ';') {
      return std::nullopt;
    }
    return id;
  }

  absl::StatusOr<AuthResults::Result> Result() {
    AuthResults::Result result;
    ASSIGN_OR_RETURN(result.method, Keyword());
    if (Take('/')) {
      const std::optional<int> version = Skip() ? Number() : std::nullopt;
      if (!version) return Bad("a method has a version that is no number");
      result.method_version = *version;
    }
    if (!Take('=')) return Bad("a method has no result");
    ASSIGN_OR_RETURN(result.result, Keyword());
    while (Skip() && !scanner_.rest().empty() &&
           scanner_.rest().front() != ';') {
      RETURN_IF_ERROR(ReasonOrProperty(result));
    }
    return result;
  }

  absl::StatusOr<std::string> Keyword() {
    if (!Skip()) return Bad("a comment has no end");
    const absl::string_view rest = scanner_.rest();
    size_t size = 0;
    while (size < rest.size() && IsKeywordByte(rest[size])) ++size;
    if (size == 0) return Bad("there is no keyword where one should be");
    std::string word = absl::AsciiStrToLower(rest.substr(0, size));
    for (size_t i = 0; i < size; ++i) scanner_.Take(scanner_.rest().front());
    return word;
  }

 private:
  static bool IsKeywordByte(char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_';
  }

  std::optional<int> Number() {
    std::string digits;
    while (!scanner_.rest().empty() &&
           absl::ascii_isdigit(scanner_.rest().front())) {
      digits += scanner_.rest().front();
      scanner_.Take(digits.back());
    }
    int number = 0;
    if (!absl::SimpleAtoi(digits, &number)) return std::nullopt;
    return number;
  }

  absl::Status ReasonOrProperty(AuthResults::Result& result) {
    ASSIGN_OR_RETURN(std::string type, Keyword());
    if (type == "reason" && Take('=')) {
      if (!Skip()) return Bad("a comment has no end");
      std::optional<std::string> reason = scanner_.Value();
      if (!reason) return Bad("a reason is no value");
      result.reason = *std::move(reason);
      return absl::OkStatus();
    }
    if (!Take('.')) return Bad("a property has no type");
    ASSIGN_OR_RETURN(std::string name, Keyword());
    if (!Take('=')) return Bad("a property has no value");
    ASSIGN_OR_RETURN(std::string value, PropertyValue());
    if (result.properties.size() == kMaxProperties) {
      return Bad("a result has too many properties");
    }
    result.properties.push_back(
        {std::move(type), std::move(name), std::move(value)});
    return absl::OkStatus();
  }

  // A string in quotes, a word, or either before '@' and a domain.
  absl::StatusOr<std::string> PropertyValue() {
    if (!Skip()) return Bad("a comment has no end");
    std::string value;
    if (!scanner_.rest().empty() && scanner_.rest().front() == '"') {
      std::optional<std::string> quoted = scanner_.Value();
      if (!quoted) return Bad("a string has no end");
      value = *std::move(quoted);
      if (scanner_.rest().empty() || scanner_.rest().front() != '@') {
        return value;
      }
    }
    while (!scanner_.rest().empty() && IsWordByte(scanner_.rest().front())) {
      value += scanner_.rest().front();
      scanner_.Take(value.back());
    }
    return value;
  }

  static bool IsWordByte(char c) {
    return static_cast<unsigned char>(c) > 32 && c != 127 && c != ';' &&
           c != '(' && c != ')' && c != '"' && c != '\\';
  }

  FieldScanner scanner_;
  bool is_open_ = false;  // A comment is.
};

// RFC 2045 section 5.1: what needs no quotes. Also an address of such.
bool IsPlainValue(absl::string_view value) {
  return !value.empty() && std::count(value.begin(), value.end(), '@') <= 1 &&
         value.back() != '@' &&
         std::all_of(value.begin(), value.end(), [](char c) {
           return absl::ascii_isalnum(c) ||
                  absl::string_view("!#$%&'*+-.^_`{|}~@").find(c) !=
                      absl::string_view::npos;
         });
}

std::string Shown(absl::string_view text, Charset charset, size_t max_bytes) {
  return charset == Charset::kUtf8 ? PrintableUtf8(text, max_bytes)
                                   : Printable(text, max_bytes);
}

std::string Escaped(absl::string_view text, absl::string_view specials) {
  std::string escaped;
  for (const char c : text) {
    if (specials.find(c) != absl::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string Written(absl::string_view value, Charset charset) {
  const std::string shown = Shown(value, charset, kMaxValueBytes);
  if (IsPlainValue(shown)) return shown;
  return absl::StrCat("\"", Escaped(shown, "\"\\"), "\"");
}

// Like Written(), but '@' is no part of a token.
std::string WrittenToken(absl::string_view value, Charset charset) {
  const std::string written = Written(value, charset);
  if (written.find('@') == std::string::npos || written.front() == '"') {
    return written;
  }
  return absl::StrCat("\"", written, "\"");
}

std::string WrittenResult(const AuthResults::Result& result, Charset charset) {
  std::string text = result.method;
  if (result.method_version != 1) {
    absl::StrAppend(&text, "/", result.method_version);
  }
  absl::StrAppend(&text, "=", result.result);
  if (!result.comment.empty()) {
    const std::string shown = Shown(result.comment, charset, kMaxCommentBytes);
    absl::StrAppend(&text, " (", Escaped(shown, "()\\"), ")");
  }
  if (!result.reason.empty()) {
    absl::StrAppend(&text, " reason=", WrittenToken(result.reason, charset));
  }
  return text;
}

}  // namespace

absl::string_view AuthResults::Result::Value(absl::string_view type,
                                             absl::string_view name) const {
  for (const Property& property : properties) {
    if (property.type == type && property.name == name) return property.value;
  }
  return {};
}

absl::StatusOr<AuthResults> AuthResults::Parse(absl::string_view value) {
  Parser parser(value);
  AuthResults all;
  std::optional<std::string> id = parser.Server(all.version);
  if (!id) return Bad("there is no authserv-id");
  all.authserv_id = *std::move(id);
  while (parser.Take(';') && !parser.IsAtEnd()) {
    if (all.results.empty()) {
      Parser ahead = parser;
      const absl::StatusOr<std::string> word = ahead.Keyword();
      if (word.ok() && *word == "none" && ahead.IsAtEnd()) return all;
    }
    if (all.results.size() == kMaxResults) return Bad("too many results");
    ASSIGN_OR_RETURN(Result result, parser.Result());
    all.results.push_back(std::move(result));
  }
  if (!parser.IsAtEnd()) return Bad("something stands behind the results");
  return all;
}

std::string AuthResults::ToValue(Charset charset) const {
  constexpr size_t kLineBytes = 76;
  std::string text = absl::StrCat(" ", WrittenToken(authserv_id, charset));
  if (version != 1) absl::StrAppend(&text, " ", version);
  if (results.empty()) return absl::StrCat(text, "; none");
  for (const Result& result : results) {
    absl::StrAppend(&text, ";\r\n\t");
    size_t line = text.size();
    absl::StrAppend(&text, WrittenResult(result, charset));
    for (const Property& property : result.properties) {
      const std::string written =
          absl::StrCat(property.type, ".", property.name, "=",
                       Written(property.value, charset));
      if (text.size() - line + written.size() >= kLineBytes) {
        absl::StrAppend(&text, "\r\n\t");
        line = text.size();
      } else {
        text += ' ';
      }
      text += written;
    }
  }
  return text;
}

std::optional<std::string> AuthservId(absl::string_view value) {
  int version = 1;
  return Parser(value).Server(version);
}

}  // namespace postern::mail
