#include "lib/milter/envelope.h"

namespace postern::milter {

absl::string_view Path::WithoutBrackets(absl::string_view address) {
  if (address.size() >= 2 && address.front() == '<' && address.back() == '>') {
    return address.substr(1, address.size() - 2);
  }
  return address;
}

void Envelope::EndMessage(const Macros& connection) {
  sender = Path();
  recipients.clear();
  rejected_recipients.clear();
  macros = connection;
}

}  // namespace postern::milter
