// Any text as a list of mailboxes: what is found has a domain, and is found
// again when it is written down.

#include <cstddef>
#include <cstdint>

#include "lib/mail/mailbox_list.h"

using postern::mail::Address;
using postern::mail::IsDomain;
using postern::mail::ParseMailboxList;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto list = ParseMailboxList(text);
  if (!list.ok()) return 0;
  for (const Address& address : *list) {
    if (!IsDomain(address.domain)) __builtin_trap();
    const auto again = ParseMailboxList("<" + address.ToString() + ">");
    if (!again.ok() || again->size() != 1 || (*again)[0] != address) {
      __builtin_trap();
    }
  }
  return 0;
}
