#include "lib/milter/macros.h"

namespace postern::milter {
namespace {

// Those of a client and its message.
constexpr size_t kUsualMacros = 24;

}  // namespace

absl::string_view Macros::WithoutBraces(absl::string_view name) {
  if (name.size() > 2 && name.front() == '{' && name.back() == '}') {
    return name.substr(1, name.size() - 2);
  }
  return name;
}

absl::string_view Macros::Get(absl::string_view name) const {
  name = WithoutBraces(name);
  for (const Value& value : values_) {
    if (value.first == name) return value.second;
  }
  return "";
}

void Macros::Set(absl::string_view name, absl::string_view value) {
  name = WithoutBraces(name);
  for (Value& known : values_) {
    if (known.first == name) {
      known.second.assign(value.data(), value.size());
      return;
    }
  }
  if (values_.empty()) values_.reserve(kUsualMacros);
  if (values_.size() < kMaxMacros) values_.emplace_back(name, value);
}

void Macros::Merge(const Macros& other) {
  for (const Value& value : other.values_) Set(value.first, value.second);
}

}  // namespace postern::milter
