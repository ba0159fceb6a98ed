#include "dkimd/authors.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "lib/mail/mailbox_list.h"

namespace postern::dkimd {
namespace {

constexpr size_t kMaxBytes = 64 << 10;

}  // namespace

void Authors::OnField(absl::string_view name, absl::string_view value) {
  name = absl::StripAsciiWhitespace(name);
  for (size_t i = 0; i < names_.size(); ++i) {
    if (!absl::EqualsIgnoreCase(name, names_[i])) continue;
    bytes_ += value.size();
    has_too_much_ |= bytes_ > kMaxBytes || fields_.size() == 100;
    if (!has_too_much_) fields_.emplace_back(i, std::string(value));
    return;
  }
}

Authors::Found Authors::Find() const {
  Found found;
  if (has_too_much_) {
    found.outcome = Outcome::kDoubtful;
    return found;
  }
  if (fields_.empty()) return found;
  const size_t first = std::min_element(fields_.begin(), fields_.end())->first;
  const std::string* value = nullptr;
  found.outcome = Outcome::kDoubtful;
  for (const auto& [number, text] : fields_) {
    if (number != first) continue;
    if (value != nullptr) return found;  // A second field of that name.
    value = &text;
  }
  absl::StatusOr<std::vector<mail::Address>> list =
      mail::ParseMailboxList(*value);
  if (!list.ok() || list->empty()) return found;
  for (const mail::Address& address : *list) {
    if (address.domain != list->front().domain) return found;
  }
  found.outcome = Outcome::kOne;
  found.addresses = *std::move(list);
  return found;
}

}  // namespace postern::dkimd
