#include "lib/dkim/rotation_list.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/dkim/signature.h"

namespace postern::dkim {
namespace {

constexpr const char* kPhaseNames[kRotationPhases] = {"published", "switched",
                                                      "revoked"};
constexpr size_t kFields = 9;
constexpr size_t kMaxFailureBytes = 300;
constexpr char kHead[] =
    "# Keys that are being replaced: kept by posternctl dkim rotate.\n"
    "# domain, type, new selector, old selectors, key, phase, since, due, "
    "failure\n";

absl::StatusOr<RotationPhase> PhaseOf(absl::string_view name) {
  const auto* const place =
      std::find(std::begin(kPhaseNames), std::end(kPhaseNames), name);
  if (place != std::end(kPhaseNames)) {
    return static_cast<RotationPhase>(place - kPhaseNames);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(name), "\" is no phase"));
}

absl::StatusOr<absl::Time> TimeOf(absl::string_view text) {
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_sec, text, &time, nullptr)) return time;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(text), "\" is no time"));
}

absl::StatusOr<std::string> NameOf(absl::string_view text) {
  std::optional<std::string> name = CanonicalDomain(text);
  if (name) return *std::move(name);
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(text), "\" is no part of a domain name"));
}

absl::StatusOr<Rotation> ParseLine(absl::string_view line) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, '\t');
  if (fields.size() != kFields) {
    return absl::InvalidArgumentError(
        absl::StrCat(kFields, " fields with tabs between them are expected"));
  }
  Rotation rotation;
  ASSIGN_OR_RETURN(rotation.domain, NameOf(fields[0]));
  const std::optional<KeyType> type = KeyTypeFromName(fields[1]);
  if (!type) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", Printable(fields[1]), "\" is no type of a key"));
  }
  rotation.type = *type;
  ASSIGN_OR_RETURN(rotation.selector, NameOf(fields[2]));
  for (const absl::string_view old : absl::StrSplit(fields[3], ',')) {
    ASSIGN_OR_RETURN(std::string selector, NameOf(old));
    rotation.old_selectors.push_back(std::move(selector));
  }
  rotation.path = std::string(fields[4]);
  ASSIGN_OR_RETURN(rotation.phase, PhaseOf(fields[5]));
  ASSIGN_OR_RETURN(rotation.since, TimeOf(fields[6]));
  ASSIGN_OR_RETURN(rotation.due, TimeOf(fields[7]));
  rotation.failure = std::string(fields[8]);
  return rotation;
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

}  // namespace

absl::string_view RotationPhaseName(RotationPhase phase) {
  return kPhaseNames[static_cast<size_t>(phase)];
}

std::string RotationListPath(absl::string_view key_table) {
  return absl::StrCat(key_table, ".rotations");
}

absl::StatusOr<std::vector<Rotation>> ParseRotationList(
    absl::string_view text) {
  std::vector<Rotation> rotations;
  size_t number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    absl::StatusOr<Rotation> rotation = ParseLine(line);
    if (!rotation.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", rotation.status().message()));
    }
    rotations.push_back(*std::move(rotation));
  }
  return rotations;
}

std::string RotationListText(const std::vector<Rotation>& rotations) {
  std::string text = kHead;
  for (const Rotation& rotation : rotations) {
    absl::StrAppend(
        &text,
        absl::StrJoin(
            {rotation.domain, std::string(KeyTypeName(rotation.type)),
             rotation.selector, absl::StrJoin(rotation.old_selectors, ","),
             rotation.path, std::string(RotationPhaseName(rotation.phase)),
             TimeText(rotation.since), TimeText(rotation.due),
             Printable(rotation.failure.substr(0, kMaxFailureBytes))},
            "\t"),
        "\n");
  }
  return text;
}

}  // namespace postern::dkim
