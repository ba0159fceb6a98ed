// Whatever follows XHANDOFF, or a server answers: no crash, and what is taken
// reads back as itself.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "mta/smtp/handoff.h"

using namespace postern::mta::smtp;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<HandoffCommand> command = ParseHandoff(text);
  if (command.ok()) {
    assert(command->envelope_bytes >= 0 && command->content_bytes >= 0);
    const std::string line = FormatHandoff(*command);
    assert(line.size() < 512);
    const auto again =
        ParseHandoff(absl::string_view(line).substr(9, line.size() - 11));
    assert(again.ok() && *again == *command);
  } else {
    assert(ReplyFor(command.status()).code == 501);
  }
  const Reply reply = {250, "2.0.0", std::string(text)};
  if (const auto greeting = ParseGreeting(reply)) {
    assert(ParseGreeting(FormatGreeting(*greeting))->proof == greeting->proof);
  }
  if (const auto receipt = ParseReceipt(reply)) {
    assert(ParseReceipt(FormatReceipt(*receipt))->signature ==
           receipt->signature);
  }
  return 0;
}
