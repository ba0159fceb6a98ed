#include "mta/queue/outcome.h"

#include <array>

namespace postern::mta::queue {
namespace {

constexpr std::array<absl::string_view, Outcome::kCauses> kNames = {
    "other", "dns",       "connect", "tls",           "auth",  "greeting",
    "mail",  "rcpt",      "data",    "timeout",       "lost",  "protocol",
    "limit", "suspended", "mailbox", "configuration", "system"};

}  // namespace

absl::string_view CauseName(Outcome::Cause cause) {
  return kNames[static_cast<size_t>(cause)];
}

}  // namespace postern::mta::queue
