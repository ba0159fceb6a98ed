#include "lib/config/yaml_scalar.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace postern::config {
namespace {

// Words that YAML, of one version or another, takes for something else.
bool IsReserved(absl::string_view text) {
  const std::string word = absl::AsciiStrToLower(text);
  for (absl::string_view reserved :
       {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}) {
    if (word == reserved) return true;
  }
  return false;
}

bool IsPlain(absl::string_view text) {
  if (text.empty() || text.back() == ':') return false;
  const char first = text.front();
  if (!absl::ascii_isalnum(first) && first != '/' && first != '_') return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(c) &&
        absl::string_view("/_.:@%+=-").find(c) == absl::string_view::npos) {
      return false;
    }
  }
  return true;
}

void AppendEscaped(unsigned char c, std::string& quoted) {
  if (c == '"' || c == '\\') {
    quoted += '\\';
    quoted += static_cast<char>(c);
  } else if (c == '\n') {
    quoted += "\\n";
  } else if (c == '\t') {
    quoted += "\\t";
  } else if (c < 0x20 || c == 0x7f) {
    absl::StrAppend(&quoted, "\\x", absl::Hex(c, absl::kZeroPad2));
  } else {
    quoted += static_cast<char>(c);
  }
}

}  // namespace

std::string YamlScalar(absl::string_view text) {
  if (IsPlain(text) && !IsReserved(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text)
    AppendEscaped(static_cast<unsigned char>(c), quoted);
  quoted += '"';
  return quoted;
}

}  // namespace postern::config
