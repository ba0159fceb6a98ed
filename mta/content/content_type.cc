#include "mta/content/content_type.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "lib/mail/field_scanner.h"

namespace postern::mta::content {
namespace {

using Kind = ContentType::Kind;

Kind KindOf(absl::string_view type, absl::string_view subtype) {
  if (absl::EqualsIgnoreCase(type, "multipart")) {
    return absl::EqualsIgnoreCase(subtype, "digest") ? Kind::kDigest
                                                     : Kind::kMultipart;
  }
  if (!absl::EqualsIgnoreCase(type, "message")) return Kind::kOther;
  for (const absl::string_view name : {"rfc822", "global", "news"}) {
    if (absl::EqualsIgnoreCase(subtype, name)) return Kind::kMessage;
  }
  return Kind::kOther;
}

// Goes to the next parameter, over whatever is in between.
bool NextParameter(mail::FieldScanner& scanner) {
  while (scanner.SkipSpace() && !scanner.rest().empty()) {
    if (scanner.Take(';')) return scanner.SkipSpace();
    if (!scanner.Value()) scanner.Take(scanner.rest().front());
  }
  return false;
}

}  // namespace

ContentType ParseContentType(absl::string_view value) {
  ContentType result;
  mail::FieldScanner scanner(value);
  if (!scanner.SkipSpace()) return result;
  const std::optional<std::string> type = scanner.Value();
  if (!type || !scanner.SkipSpace() || !scanner.Take('/')) return result;
  if (!scanner.SkipSpace()) return result;
  const std::optional<std::string> subtype = scanner.Value();
  result.kind = KindOf(*type, subtype.value_or(""));
  while (NextParameter(scanner)) {
    const std::optional<std::string> name = scanner.Value();
    if (!name || !scanner.SkipSpace() || !scanner.Take('=')) continue;
    if (!scanner.SkipSpace()) break;
    std::optional<std::string> boundary = scanner.Value();
    if (!boundary || !absl::EqualsIgnoreCase(*name, "boundary")) continue;
    result.boundary = *std::move(boundary);
    break;
  }
  return result;
}

}  // namespace postern::mta::content
