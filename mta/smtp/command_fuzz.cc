// Whatever a client sends: no crash, an address that is accepted is text and
// reads back as itself, and nothing unprintable gets into a parameter.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/mail/utf8.h"
#include "mta/smtp/command.h"
#include "mta/smtp/reply.h"

namespace {

using namespace postern::mta::smtp;

const Extensions kNothing;
const Extensions kEverything = {.smtputf8 = true,
                                .dsn = true,
                                .requiretls = true,
                                .chunking = true,
                                .auth_mechanisms = "PLAIN"};

void CheckPrintable(absl::string_view text, size_t max_bytes) {
  assert(text.size() <= max_bytes);
  for (const char c : text) assert(c >= ' ' && c <= '~');
}

void Check(absl::string_view line, const Extensions& offered) {
  const absl::StatusOr<Command> command = ParseCommand(line, offered);
  if (!command.ok()) {
    assert(ReplyFor(command.status()).kind() == 5);
    return;
  }
  assert(command->mail.size_bytes >= 0 && command->chunk_bytes >= 0);
  // AUTH: RFC 4954 section 4.
  CheckPrintable(command->argument, command->verb == Verb::kAuth ? 12288 : 300);
  CheckPrintable(command->mail.envelope_id, 100);
  CheckPrintable(command->mail.auth.value_or(""), 500);
  CheckPrintable(command->rcpt.original_recipient, 600);
  const std::string address = command->address.ToString();
  if (!offered.smtputf8) CheckPrintable(address, 256);
  assert(postern::mail::IsUtf8Text(address));
  const absl::string_view verb =
      command->verb == Verb::kRcpt ? "RCPT TO:<" : "MAIL FROM:<";
  std::string line_again = absl::StrCat(verb, address, ">");
  if (command->mail.smtputf8) line_again += " SMTPUTF8";
  const absl::StatusOr<Command> again = ParseCommand(line_again, offered);
  assert(again.ok() && again->address == command->address);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view line(reinterpret_cast<const char*>(data), size);
  Check(line, kNothing);
  Check(line, kEverything);
  return 0;
}
