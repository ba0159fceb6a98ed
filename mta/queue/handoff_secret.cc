#include "mta/queue/handoff_secret.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/file.h"

namespace postern::mta::queue {
namespace {

constexpr size_t kLongestFile = 64 << 10;

absl::Status WrongFile(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("handoff.secret_file: ", why));
}

}  // namespace

absl::StatusOr<std::string> HandoffSecretFrom(const config::v1::Mta& config) {
  const config::v1::Handoff& handoff = config.handoff();
  if (handoff.peers().empty() && handoff.networks().empty()) return "";
  if (handoff.secret_file().empty()) {
    return WrongFile("must be set where handoff.peers or .networks is");
  }
  absl::StatusOr<std::string> secret =
      ReadFile(handoff.secret_file(), kLongestFile);
  if (!secret.ok()) return WrongFile(secret.status().message());
  absl::StripTrailingAsciiWhitespace(&*secret);
  if (secret->size() < kLeastSecretBytes) {
    return WrongFile(absl::StrCat(handoff.secret_file(), ": has fewer than ",
                                  kLeastSecretBytes, " characters"));
  }
  return secret;
}

}  // namespace postern::mta::queue
