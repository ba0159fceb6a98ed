#include "mta/content/mime_structure.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "lib/mail/header.h"

namespace postern::mta::content {

using Kind = ContentType::Kind;

void MimeStructure::OnField(absl::string_view field) {
  if (!absl::EqualsIgnoreCase(mail::FieldName(field), "Content-Type")) return;
  type_ = ParseContentType(mail::FieldValue(field));
}

bool MimeStructure::OnHeaderEnd() {
  ContentType type = std::exchange(type_, ContentType());
  if (type.kind == Kind::kMessage) return true;
  if (type.kind != Kind::kOther) Open(std::move(type));
  return false;
}

void MimeStructure::Open(ContentType type) {
  std::string boundary = type.boundary.substr(0, limits_.max_boundary_bytes);
  if (boundary.empty()) return;
  if (open_.size() >= limits_.max_nesting ||
      boundaries_bytes_ + boundary.size() > kMaxBoundariesBytes) {
    is_too_deep_ = true;
    return;
  }
  boundaries_bytes_ += boundary.size();
  open_.push_back({std::move(boundary), type.kind == Kind::kDigest});
}

void MimeStructure::CloseFrom(size_t index) {
  while (open_.size() > index) {
    boundaries_bytes_ -= open_.back().boundary.size();
    open_.pop_back();
  }
}

MimeStructure::Delimiter MimeStructure::OnLine(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, "--")) return Delimiter::kNone;
  for (size_t i = open_.size(); i > 0; --i) {
    const Multipart& multipart = open_[i - 1];
    if (!absl::StartsWith(line, multipart.boundary)) continue;
    line.remove_prefix(multipart.boundary.size());
    if (absl::StartsWith(line, "--")) {
      CloseFrom(i - 1);
      return Delimiter::kLast;
    }
    type_.kind = multipart.is_digest ? Kind::kMessage : Kind::kOther;
    CloseFrom(i);
    return Delimiter::kPart;
  }
  return Delimiter::kNone;
}

}  // namespace postern::mta::content
