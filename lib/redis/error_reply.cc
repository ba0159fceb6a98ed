#include "lib/redis/error_reply.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/printable.h"
#include "lib/redis/slot.h"

namespace postern::redis {
namespace {

using Kind = ErrorReply::Kind;

constexpr size_t kMaxHostBytes = 255;

struct Word {
  const char* word;
  Kind kind;
};

constexpr Word kWords[] = {
    {"MOVED", Kind::kMoved},
    {"ASK", Kind::kAsk},
    {"TRYAGAIN", Kind::kTryAgain},
    {"CLUSTERDOWN", Kind::kClusterDown},
    {"READONLY", Kind::kReadOnly},
    {"NOSCRIPT", Kind::kNoScript},
    {"LOADING", Kind::kNotReady},
    {"BUSY", Kind::kNotReady},
    {"MASTERDOWN", Kind::kNotReady},
    {"NOREPLICAS", Kind::kNotReady},
    {"MISCONF", Kind::kNotReady},
    {"NOAUTH", Kind::kNoPermission},
    {"WRONGPASS", Kind::kNoPermission},
    {"NOPERM", Kind::kNoPermission},
    {"OOM", Kind::kOutOfMemory},
};

// "3999 127.0.0.1:6381". An IPv6 address has no brackets around it, so the last
// colon counts; a node that does not know its own address sends none.
bool ReadRedirection(absl::string_view text, ErrorReply& error) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(' ', 2));
  if (parts.size() < 2) return false;
  int slot = 0;
  int port = 0;
  const size_t colon = parts[1].rfind(':');
  if (colon == absl::string_view::npos || colon > kMaxHostBytes) return false;
  if (!absl::SimpleAtoi(parts[0], &slot) || slot < 0 || slot >= kSlots ||
      !absl::SimpleAtoi(parts[1].substr(colon + 1), &port) || port < 1 ||
      port > 65535) {
    return false;
  }
  error.slot = static_cast<uint16_t>(slot);
  error.node.host = std::string(parts[1].substr(0, colon));
  error.node.port = static_cast<uint16_t>(port);
  return true;
}

absl::StatusCode CodeFor(Kind kind) {
  switch (kind) {
    case Kind::kOutOfMemory:
      return absl::StatusCode::kResourceExhausted;
    case Kind::kNoScript:
    case Kind::kOther:
      return absl::StatusCode::kInternal;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

}  // namespace

ErrorReply ReadError(absl::string_view text) {
  ErrorReply error;
  const size_t space = text.find(' ');
  const absl::string_view first = text.substr(0, space);
  for (const Word& known : kWords) {
    if (first == known.word) error.kind = known.kind;
  }
  if (error.kind != Kind::kMoved && error.kind != Kind::kAsk) return error;
  if (space == absl::string_view::npos ||
      !ReadRedirection(text.substr(space + 1), error)) {
    return ErrorReply();
  }
  return error;
}

absl::Status StatusOfError(absl::string_view text) {
  return absl::Status(CodeFor(ReadError(text).kind),
                      absl::StrCat("redis: ", Printable(text)));
}

}  // namespace postern::redis
