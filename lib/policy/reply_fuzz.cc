// Any bytes as a server's reply: no crash; what is accepted has a safe text and
// can be written and read again.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/policy/reply.h"

namespace {

using namespace postern::policy;  // NOLINT

void Require(bool fact) {
  if (!fact) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  Require(ReplySize(text) <= size);
  absl::StatusOr<Verdict> verdict = ParseReply(text);
  if (!verdict.ok()) return 0;
  for (const char c : verdict->text) Require(c >= ' ' && c <= '~');
  Require(verdict->text.size() <= kMaxHeaderBytes);
  std::string reply;
  AppendReply(*verdict, reply);
  absl::StatusOr<Verdict> again = ParseReply(reply);
  Require(again.ok() && *again == *verdict);
  return 0;
}
