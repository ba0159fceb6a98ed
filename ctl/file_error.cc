#include "ctl/file_error.h"

#include "absl/strings/str_cat.h"

namespace postern::ctl {

absl::Status FileError(absl::string_view place, const absl::Status& status) {
  const absl::StatusCode code = absl::IsInvalidArgument(status)
                                    ? absl::StatusCode::kFailedPrecondition
                                    : status.code();
  return absl::Status(
      code, absl::StrCat(place, place.empty() ? "" : ": ", status.message()));
}

}  // namespace postern::ctl
