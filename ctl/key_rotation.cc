#include "ctl/key_rotation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "ctl/dkim_keys.h"
#include "ctl/key_list.h"
#include "ctl/key_record_text.h"
#include "ctl/key_source.h"
#include "lib/base/status_macros.h"
#include "lib/config/duration.h"

namespace postern::ctl {
namespace {

using dkim::Rotation;
using Phase = dkim::RotationPhase;
using Outcome = dkim::FoundKeys::Outcome;

constexpr absl::Duration kBetweenLooks = absl::Seconds(5);

absl::StatusOr<absl::Duration> TimeOf(const Arguments& arguments,
                                      const std::string& option,
                                      const std::string& otherwise) {
  absl::StatusOr<absl::Duration> time =
      config::ParseDuration(arguments.Value(option, otherwise));
  if (time.ok()) return time;
  return absl::InvalidArgumentError(
      absl::StrCat(option, ": ", time.status().message()));
}

// What is wrong with what there is of a key that is to be revoked; a name
// without a record says the same.
std::string RevocationFault(const dkim::FoundKeys& found) {
  if (found.outcome == Outcome::kNoAnswer) return "the DNS gives no answer";
  const bool is_revoked =
      std::all_of(found.records.begin(), found.records.end(),
                  [](const auto& record) { return record->is_revoked; });
  return is_revoked ? "" : "the old key is not revoked";
}

std::string RemovalFault(const dkim::FoundKeys& found) {
  if (found.outcome == Outcome::kNoAnswer) return "the DNS gives no answer";
  return found.outcome == Outcome::kNone ? "" : "the old record is still there";
}

// A selector that another key uses, of the other type, must stay.
absl::Status CheckUnused(const RotationFiles& files, const Rotation& rotation) {
  ASSIGN_OR_RETURN(const std::vector<KeyLine> lines,
                   ReadKeyTable(files.key_table(), rotation.domain));
  for (const KeyLine& line : lines) {
    for (const std::string& old : rotation.old_selectors) {
      if (line.key.selector != old) continue;
      return absl::FailedPreconditionError(absl::StrCat(
          files.key_table(), ":", line.number, ": still signs with ", old,
          ", which is to be revoked: rotate this key first"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

KeyRotation::KeyRotation(const Arguments& arguments, KeyPublication publication,
                         const Clock& clock, std::ostream& out)
    : arguments_(arguments),
      publication_(std::move(publication)),
      files_(arguments.Value("--key-table")),
      clock_(clock),
      out_(out) {}

Syntax KeyRotation::syntax() {
  return Joined(
      KeyPublication::syntax(),
      {.options = {"--key-table", "--wait", "--keep-old", "--keep-revoked"},
       .switches = {}});
}

absl::StatusOr<KeyRotation> KeyRotation::Create(const Arguments& arguments,
                                                const Clock& clock,
                                                std::ostream& out) {
  if (!arguments.Has("--key-table")) {
    return absl::InvalidArgumentError("--key-table says where the keys are");
  }
  ASSIGN_OR_RETURN(KeyPublication publication,
                   KeyPublication::Create(arguments));
  KeyRotation steps(arguments, std::move(publication), clock, out);
  ASSIGN_OR_RETURN(steps.wait_, TimeOf(arguments, "--wait", "0s"));
  ASSIGN_OR_RETURN(steps.keep_old_, TimeOf(arguments, "--keep-old", "7d"));
  ASSIGN_OR_RETURN(steps.keep_revoked_,
                   TimeOf(arguments, "--keep-revoked", "30d"));
  return steps;
}

absl::Status KeyRotation::Advance(Rotation rotation) const {
  while (rotation.due <= clock_.Now()) {
    absl::StatusOr<std::string> lacking = ChangeDns(rotation);
    absl::StatusOr<bool> goes_on = false;
    if (lacking.ok() && lacking->empty()) goes_on = GoOn(rotation);
    const absl::Status status =
        lacking.ok() ? goes_on.status() : lacking.status();
    if (status.ok() && lacking->empty() && !*goes_on) {
      out_ << "; " << rotation.domain << ": is rotated to " << rotation.selector
           << "\n";
      return files_.Remove(rotation);
    }
    rotation.failure = std::string(status.message());
    RETURN_IF_ERROR(files_.Put(rotation));
    if (!status.ok()) return status;
    if (!lacking->empty()) return absl::FailedPreconditionError(*lacking);
  }
  out_ << "; " << rotation.domain << ": "
       << dkim::RotationPhaseName(rotation.phase)
       << ", the next step can be done"
       << " from "
       << absl::FormatTime(absl::RFC3339_sec, rotation.due,
                           absl::LocalTimeZone())
       << " on\n";
  return absl::OkStatus();
}

absl::StatusOr<std::string> KeyRotation::ChangeDns(
    const Rotation& rotation) const {
  if (rotation.phase == Phase::kPublished) {
    ASSIGN_OR_RETURN(const std::string lacking, PublishNewKey(rotation));
    return lacking.empty()
               ? lacking
               : absl::StrCat(lacking,
                              "; nothing was switched, run this again");
  }
  if (rotation.phase == Phase::kSwitched) {
    RETURN_IF_ERROR(CheckUnused(files_, rotation));
  }
  ASSIGN_OR_RETURN(const std::string lacking, ChangeOldKeys(rotation));
  return lacking.empty() ? lacking : absl::StrCat(lacking, "; run this again");
}

absl::StatusOr<std::string> KeyRotation::PublishNewKey(
    const Rotation& rotation) const {
  ASSIGN_OR_RETURN(const dkim::PrivateKey key, ReadKey(rotation.path));
  const KeyRecordChange change = {
      .domain = rotation.domain,
      .selector = rotation.selector,
      .strings = RecordStrings(key, {}),
      .comment = absl::StrCat("DKIM key ", rotation.selector, " for ",
                              rotation.domain),
      .is_new = true};
  RETURN_IF_ERROR(publication_.Publish(change, out_));
  const NamedKey named = {rotation.domain, rotation.selector, key};
  return Await(change.name(), [&named](const dkim::FoundKeys& found) {
    return Fault(named, found);
  });
}

absl::StatusOr<std::string> KeyRotation::ChangeOldKeys(
    const Rotation& rotation) const {
  const bool revokes = rotation.phase == Phase::kSwitched;
  std::vector<KeyRecordChange> changes;
  for (const std::string& old : rotation.old_selectors) {
    changes.push_back({.domain = rotation.domain,
                       .selector = old,
                       .strings = {},
                       .comment = "revoked"});
    if (revokes) changes.back().strings = {"v=DKIM1; p="};
    RETURN_IF_ERROR(publication_.Publish(changes.back(), out_));
  }
  for (const KeyRecordChange& change : changes) {
    ASSIGN_OR_RETURN(
        std::string lacking,
        Await(change.name(), revokes ? RevocationFault : RemovalFault));
    if (!lacking.empty()) return lacking;
  }
  return std::string();
}

absl::StatusOr<std::string> KeyRotation::Await(const std::string& name,
                                               const FaultOf& fault) const {
  const absl::Time until = absl::Now() + wait_;
  while (true) {
    ASSIGN_OR_RETURN(std::string lacking, WhoLacks(arguments_, name, fault));
    if (lacking.empty() || absl::Now() + kBetweenLooks > until) {
      return lacking.empty() ? lacking : absl::StrCat(name, ": ", lacking);
    }
    absl::SleepFor(kBetweenLooks);
  }
}

absl::StatusOr<bool> KeyRotation::GoOn(Rotation& rotation) const {
  absl::Duration stays;
  switch (rotation.phase) {
    case Phase::kPublished:
      RETURN_IF_ERROR(files_.Switch(rotation));
      out_ << "; " << rotation.domain << ": mail is signed with "
           << rotation.selector << " now\n";
      rotation.phase = Phase::kSwitched;
      stays = keep_old_;
      break;
    case Phase::kSwitched:
      out_ << "; " << rotation.domain << ": "
           << absl::StrJoin(rotation.old_selectors, ", ") << " is revoked\n";
      rotation.phase = Phase::kRevoked;
      stays = keep_revoked_;
      break;
    case Phase::kRevoked:
      return false;
  }
  rotation.since = clock_.Now();
  rotation.due = rotation.since + stays;
  return true;
}

}  // namespace postern::ctl
