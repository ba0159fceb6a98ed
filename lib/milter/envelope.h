// Who brings a message, from whom and to whom, as a mail server tells a filter.
//
// Threads: a value.
// Limits:  what the wire lets through: a command of 64 KiB, kMaxRecipients.

#ifndef POSTERN_LIB_MILTER_ENVELOPE_H_
#define POSTERN_LIB_MILTER_ENVELOPE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/milter/macros.h"
#include "lib/net/ip.h"

namespace postern::milter {

// Recipients of one message that an Envelope lists; a message with more is
// shown with these.
inline constexpr size_t kMaxRecipients = 50'000;

// The address of MAIL or RCPT.
struct Path {
  std::string address;                 // Without the angle brackets; may be "".
  std::vector<std::string> arguments;  // "SIZE=100", "BODY=8BITMIME", …
  Macros macros;                       // Told with this command.

  // "<a@b>" becomes "a@b"; what has no brackets stays as it is.
  static absl::string_view WithoutBrackets(absl::string_view address);

  friend bool operator==(const Path&, const Path&) = default;
};

struct Envelope {
  // The client's name, or its address in brackets where it has none that the
  // server believes: "mail.example.org", "[192.0.2.1]".
  std::string client_name;
  // Unset for mail from a Unix socket, or from this machine by a command.
  std::optional<net::IpAddress> client_address;
  uint16_t client_port = 0;
  std::string helo;
  Path sender;
  std::vector<Path> recipients;  // Those that were accepted.
  // Those that the server has refused, if it tells of them. The macros of each
  // say why: {rcpt_mailer} is "error", {rcpt_host} the enhanced status code,
  // {rcpt_addr} the text. Together with `recipients` kMaxRecipients.
  std::vector<Path> rejected_recipients;
  // All macros of the connection and the message, the latest of each; those of
  // one recipient are in its Path. The ones that are told at the end of the
  // message are here when Finish() is called.
  Macros macros;

  // The macro `i`. Some servers have none before the message is there.
  absl::string_view queue_id() const { return macros.Get("i"); }

  // Forgets the message, keeps the client. `connection` has what was told
  // before MAIL.
  void EndMessage(const Macros& connection);
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_ENVELOPE_H_
