// The list of keys that are being replaced: what posternctl dkim rotate keeps
// beside a key table, and dkimd's metrics are made of.
//
//   ASSIGN_OR_RETURN(std::vector<Rotation> list, ParseRotationList(text));
//   …
//   RETURN_IF_ERROR(WriteFile(path, RotationListText(list)));
//
// Source:  docs/formats/dkim-rotations.md.
// Errors:  InvalidArgument, with the number of the line.
// Threads: values; pure.

#ifndef POSTERN_LIB_DKIM_ROTATION_LIST_H_
#define POSTERN_LIB_DKIM_ROTATION_LIST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/dkim/crypto.h"

namespace postern::dkim {

enum class RotationPhase {
  kPublished,  // The new key's record is on its way; the old key signs.
  kSwitched,   // The new key signs; the old key's record verifies late mail.
  kRevoked,    // The old key's record says that it is revoked.
};
constexpr size_t kRotationPhases = 3;

absl::string_view RotationPhaseName(RotationPhase phase);

struct Rotation {
  std::string domain;
  KeyType type = KeyType::kRsa;
  std::string selector;                    // Of the new key.
  std::vector<std::string> old_selectors;  // At least one.
  std::string path;                        // The file of the new key.
  RotationPhase phase = RotationPhase::kPublished;
  absl::Time since;     // When the phase began.
  absl::Time due;       // When the next step may be done.
  std::string failure;  // Why the last attempt at it failed; empty: it did not.

  friend bool operator==(const Rotation&, const Rotation&) = default;
};

// Where the list is of those in a key table.
std::string RotationListPath(absl::string_view key_table);

absl::StatusOr<std::vector<Rotation>> ParseRotationList(absl::string_view text);

std::string RotationListText(const std::vector<Rotation>& rotations);

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_ROTATION_LIST_H_
