#include "mta/queue/sender_class.h"

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"

namespace postern::mta::queue {

size_t SenderClass(absl::string_view sender) {
  const size_t at = sender.rfind('@');
  const absl::string_view local = sender.substr(0, at);
  const absl::string_view domain =
      at == sender.npos ? absl::string_view() : sender.substr(at);
  const size_t varies = local.find_first_of("0123456789+=");
  return absl::HashOf(absl::AsciiStrToLower(local.substr(0, varies)),
                      absl::AsciiStrToLower(domain));
}

}  // namespace postern::mta::queue
