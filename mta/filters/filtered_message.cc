#include "mta/filters/filtered_message.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern::mta::filters {
namespace {

using milter::Change;
using Kind = FilteredMessage::EnvelopeChange::Kind;

// Where the field ends that begins at the front of `text`: behind the last line
// that continues it.
size_t FieldBytes(absl::string_view text) {
  size_t end = 0;
  do {
    const size_t line = text.find("\r\n", end);
    if (line == text.npos) return text.size();
    end = line + 2;
  } while (end < text.size() && (text[end] == ' ' || text[end] == '\t'));
  return end;
}

// lib/milter has made sure that nothing in it ends the field.
std::string FieldOf(absl::string_view name, absl::string_view value) {
  return absl::StrCat(name, ":", value, "\r\n");
}

}  // namespace

FilteredMessage::FilteredMessage(absl::string_view fields,
                                 absl::string_view queue_id) {
  while (!fields.empty()) {
    const size_t bytes = FieldBytes(fields);
    const absl::string_view field = fields.substr(0, bytes);
    fields.remove_prefix(bytes);
    if (!own_ && mail::HeaderField::Parse(field).has_value() &&
        absl::EqualsIgnoreCase(mail::FieldName(field), "Received") &&
        absl::StrContains(field, absl::StrCat(" id ", queue_id))) {
      own_ = fields_.size();
    }
    fields_.emplace_back(field);
  }
}

std::vector<mail::HeaderField> FilteredMessage::Shown() const {
  std::vector<mail::HeaderField> shown;
  shown.reserve(fields_.size());
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (i == own_) continue;
    if (auto field = mail::HeaderField::Parse(fields_[i])) {
      shown.push_back(*field);
    }
  }
  return shown;
}

void FilteredMessage::Apply(const milter::Changes& changes) {
  for (const Change& change : changes.list()) {
    switch (change.kind) {
      case Change::Kind::kAddHeader:
      case Change::Kind::kInsertHeader:
      case Change::Kind::kChangeHeader:
        ApplyToHeader(change);
        break;
      case Change::Kind::kChangeSender:
        envelope_changes_.push_back({Kind::kSender, change.name, change.value});
        break;
      case Change::Kind::kAddRecipient:
        envelope_changes_.push_back(
            {Kind::kAddRecipient, change.name, change.value});
        break;
      case Change::Kind::kDeleteRecipient:
        envelope_changes_.push_back({Kind::kDeleteRecipient, change.name, ""});
        break;
      case Change::Kind::kReplaceBody:
        body_ = change.value;
        break;
      case Change::Kind::kQuarantine:
        quarantine_ = change.value;
        break;
    }
  }
}

void FilteredMessage::ApplyToHeader(const Change& change) {
  if (change.kind != Change::Kind::kChangeHeader) {
    const bool at_end = change.kind == Change::Kind::kAddHeader;
    Insert(at_end ? fields_.size() : change.index, change.name, change.value);
    return;
  }
  uint32_t number = 0;
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (i == own_) continue;
    if (!absl::EqualsIgnoreCase(mail::FieldName(fields_[i]), change.name)) {
      continue;
    }
    if (++number < std::max(change.index, 1U)) continue;
    is_header_changed_ = true;
    if (!change.value.empty()) {
      fields_[i] = FieldOf(change.name, change.value);
      return;
    }
    fields_.erase(fields_.begin() + static_cast<ptrdiff_t>(i));
    if (own_ && *own_ > i) --*own_;
    return;
  }
  if (!change.value.empty()) Insert(fields_.size(), change.name, change.value);
}

void FilteredMessage::Insert(size_t position, absl::string_view name,
                             absl::string_view value) {
  if (fields_.size() >= kMaxFields) return;
  position = std::min(position, fields_.size());
  fields_.insert(fields_.begin() + static_cast<ptrdiff_t>(position),
                 FieldOf(name, value));
  if (own_ && *own_ >= position) ++*own_;
  is_header_changed_ = true;
}

std::string FilteredMessage::HeaderText() const {
  std::string text;
  for (const std::string& field : fields_) text += field;
  text += "\r\n";
  return text;
}

}  // namespace postern::mta::filters
