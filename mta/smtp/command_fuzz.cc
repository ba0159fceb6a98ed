// Whatever a client sends: no crash, and an address that is accepted is
// printable and reads back as itself.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "mta/smtp/command.h"
#include "mta/smtp/reply.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::mta::smtp;
  const absl::string_view line(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Command> command = ParseCommand(line);
  if (!command.ok()) {
    assert(ReplyFor(command.status()).kind() == 5);
    return 0;
  }
  assert(command->size_bytes >= 0);
  const std::string address = command->address.ToString();
  for (const char c : address) assert(c >= ' ' && c <= '~');
  const absl::string_view verb =
      command->verb == Verb::kRcpt ? "RCPT TO:<" : "MAIL FROM:<";
  const std::string line_again = absl::StrCat(verb, address, ">");
  const absl::StatusOr<Command> again = ParseCommand(line_again);
  assert(again.ok() && again->address == command->address);
  return 0;
}
