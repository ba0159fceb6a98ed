#include "lib/config/enum_name.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"

namespace postern::config {
namespace {

// "BareNewline" -> "bare_newline_".
std::string Prefix(const google::protobuf::EnumDescriptor& type) {
  std::string prefix;
  for (const char c : type.name()) {
    if (absl::ascii_isupper(c) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_tolower(c);
  }
  return prefix + '_';
}

}  // namespace

std::string EnumName(const google::protobuf::EnumValueDescriptor& value) {
  const std::string name = absl::AsciiStrToLower(value.name());
  return std::string(absl::StripPrefix(name, Prefix(*value.type())));
}

std::string EnumNames(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    names.push_back(EnumName(*type.value(i)));
  }
  return absl::StrJoin(names, ", ");
}

absl::StatusOr<int> EnumValue(const google::protobuf::EnumDescriptor& type,
                              absl::string_view name) {
  for (int i = 0; i < type.value_count(); ++i) {
    if (EnumName(*type.value(i)) == name) return type.value(i)->number();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", Printable(name), "\" is not one of ", EnumNames(type)));
}

}  // namespace postern::config
