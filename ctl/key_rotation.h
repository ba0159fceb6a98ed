// The steps of a key's rotation, each done once what it needs is so.
//
//   published  the new key's record is put into the DNS; once all name servers
//              show it the key table gets the new key
//   switched   for --keep-old the old record verifies mail under way; then one
//              that is revoked ("p=") takes its place
//   revoked    for --keep-revoked all are told so; then the record is removed
//
// What was done is in the list of rotations (rotation_files.h), so that the
// next run goes on there, also after a crash: every step may be done twice.
//
//   ASSIGN_OR_RETURN(const KeyRotation steps,
//                    KeyRotation::Create(arguments, Clock::System(), out));
//   RETURN_IF_ERROR(steps.Advance(rotation));
//
// Errors:  FailedPrecondition: a name server does not show yet what it is to,
//          run it again; else what stands in the way, which the list keeps too.
// Threads: main.cc only; blocks.

#ifndef POSTERN_CTL_KEY_ROTATION_H_
#define POSTERN_CTL_KEY_ROTATION_H_

#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ctl/arguments.h"
#include "ctl/key_publication.h"
#include "ctl/name_servers.h"
#include "ctl/rotation_files.h"
#include "lib/base/clock.h"
#include "lib/dkim/rotation_list.h"

namespace postern::ctl {

class KeyRotation {
 public:
  // What Create() reads: --key-table, --keep-old, --keep-revoked, --wait, and
  // what key_publication.h reads.
  static Syntax syntax();

  // `clock` and `out` must outlive it.
  static absl::StatusOr<KeyRotation> Create(const Arguments& arguments,
                                            const Clock& clock,
                                            std::ostream& out);

  const RotationFiles& files() const { return files_; }

  // Does all steps that are due now.
  absl::Status Advance(dkim::Rotation rotation) const;

 private:
  KeyRotation(const Arguments& arguments, KeyPublication publication,
              const Clock& clock, std::ostream& out);

  // Has the DNS changed as the phase wants it. Returns what a name server
  // lacks of it; "" once all have it.
  absl::StatusOr<std::string> ChangeDns(const dkim::Rotation& rotation) const;
  absl::StatusOr<std::string> PublishNewKey(
      const dkim::Rotation& rotation) const;
  absl::StatusOr<std::string> ChangeOldKeys(
      const dkim::Rotation& rotation) const;
  absl::StatusOr<std::string> Await(const std::string& name,
                                    const FaultOf& fault) const;
  // The next phase begins. Tells whether there is one.
  absl::StatusOr<bool> GoOn(dkim::Rotation& rotation) const;

  Arguments arguments_;
  KeyPublication publication_;
  RotationFiles files_;
  const Clock& clock_;
  std::ostream& out_;
  absl::Duration wait_;
  absl::Duration keep_old_;
  absl::Duration keep_revoked_;
};

}  // namespace postern::ctl

#endif  // POSTERN_CTL_KEY_ROTATION_H_
