// Where one private key comes from, and what may stand in for '%' there.
//
//   ASSIGN_OR_RETURN(const KeySource key,
//                    source.ForDomain("example.org"));
//   ASSIGN_OR_RETURN(const std::string pem, ReadKeyText(key, /*safe=*/true));
//
// DK-17: the sender's domain becomes part of a path only if it is made of
// letters, digits, '-' and '_' between single dots, and then the file must lie
// below the folder in front of the first '%', links followed: those of a
// Kubernetes Secret stay inside, one to /etc/shadow does not.
//
// Errors:  InvalidArgument: no domain; PermissionDenied: others may read or
//          change the file, or it lies elsewhere; those of ReadFile().
// Threads: values; ReadKeyText() blocks.
// Limits:  a file of 64 KiB.

#ifndef POSTERN_LIB_DKIM_KEY_SOURCE_H_
#define POSTERN_LIB_DKIM_KEY_SOURCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::dkim {

struct KeySource {
  std::string path;  // A file; '%' is the sender's domain.
  std::string text;  // Or the key itself.
  // The folder that the file must lie in; empty: anywhere.
  std::string below;

  // The same for mail of `domain`: its path has no '%' any more.
  absl::StatusOr<KeySource> ForDomain(absl::string_view domain) const;

  friend bool operator==(const KeySource&, const KeySource&) = default;
};

// Whether `domain` may be part of a path.
bool IsPathDomain(absl::string_view domain);

// Returns the text of the key. With `safe` the file must belong to root or to
// us, and nobody else may read or write it; a group that we are in may read.
absl::StatusOr<std::string> ReadKeyText(const KeySource& source, bool safe);

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_KEY_SOURCE_H_
