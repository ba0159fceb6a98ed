#include "lib/table/entries.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/table/entry_snapshot.h"
#include "lib/table/spec.h"

namespace postern::table {
namespace {

absl::StatusOr<std::unique_ptr<const Snapshot>> Read(absl::string_view text) {
  ASSIGN_OR_RETURN(const Spec spec, ParseSpec(text));
  if (spec.kind == "inline") return ParseInline(spec.rest);
  if (spec.kind == "hash" || spec.kind == "texthash") {
    const std::string path(spec.rest);
    ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
    return ParseHash(content, path);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      Printable(text), ": hash:, texthash: or inline: is wanted here"));
}

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> ReadEntries(
    absl::string_view spec) {
  ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot, Read(spec));
  // Both parsers make these.
  const auto& entries = static_cast<const EntrySnapshot&>(*snapshot).entries();
  return std::map<std::string, std::string>(entries.begin(), entries.end());
}

}  // namespace postern::table
