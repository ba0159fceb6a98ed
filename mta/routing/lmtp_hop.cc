#include "mta/routing/lmtp_hop.h"

#include <sys/un.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::mta::routing {
namespace {

constexpr uint16_t kPort = 24;
constexpr size_t kMaxPathBytes = sizeof(sockaddr_un::sun_path) - 1;

absl::StatusOr<NextHop> ParseOne(absl::string_view text) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    if (!absl::StartsWith(rest, "/") || rest.size() > kMaxPathBytes) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", Printable(text), "\": a socket is a path of at most ",
          kMaxPathBytes, " bytes that begins with a slash"));
    }
    return NextHop{NextHop::Kind::kSocket, std::string(rest), 0};
  }
  absl::ConsumePrefix(&rest, "inet:");
  ASSIGN_OR_RETURN(NextHop hop, ParseNextHop(rest, kPort));
  hop.kind = NextHop::Kind::kHost;
  return hop;
}

}  // namespace

absl::StatusOr<NextHop> ParseLmtpHops(absl::string_view text) {
  ASSIGN_OR_RETURN(NextHop hop, ParseList(text, ParseOne));
  hop.is_lmtp = true;
  return hop;
}

}  // namespace postern::mta::routing
