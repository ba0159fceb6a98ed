#include "greylistd/patterns.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::greylistd {
namespace {

constexpr int64_t kMaxMemoryBytes = 64 << 20;

RE2::Options SetOptions() {
  RE2::Options options(RE2::Latin1);  // Addresses may be any bytes.
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemoryBytes);
  return options;
}

}  // namespace

class Patterns::Set {
 public:
  RE2::Set set{SetOptions(), RE2::UNANCHORED};
};

Patterns::Patterns() = default;
Patterns::Patterns(Patterns&&) noexcept = default;
Patterns& Patterns::operator=(Patterns&&) noexcept = default;
Patterns::~Patterns() = default;

absl::Status Patterns::Add(absl::string_view expression) {
  if (!set_) set_ = std::make_unique<Set>();
  std::string error;
  const re2::StringPiece piece(expression.data(), expression.size());
  if (set_->set.Add(piece, &error) < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("regular expression: ", Printable(error)));
  }
  return absl::OkStatus();
}

absl::Status Patterns::Compile() {
  if (set_ && !set_->set.Compile()) {
    return absl::InvalidArgumentError(
        "regular expressions: too large together");
  }
  return absl::OkStatus();
}

bool Patterns::Matches(absl::string_view text) const {
  return set_ &&
         set_->set.Match(re2::StringPiece(text.data(), text.size()), nullptr);
}

}  // namespace postern::greylistd
