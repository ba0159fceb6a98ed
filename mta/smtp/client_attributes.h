// What XCLIENT and XFORWARD tell about a client.
//
//   ASSIGN_OR_RETURN(ClientAttributes told,
//                    ParseXclient("NAME=[UNAVAILABLE] ADDR=192.0.2.1"));
//   if (told.name && told.name->value.empty()) …   // it has no name
//
// Source:  Postfix, XCLIENT_README and XFORWARD_README: NAME=value pairs, the
//          values in xtext (RFC 3461 section 4), "[UNAVAILABLE]" and
//          "[TEMPUNAVAIL]" for what is not known.
// Errors:  the reply attached (reply.h): 501 5.5.4 for an attribute or a value
//          that cannot be.
// Threads: values; pure.
// Limits:  a value of 255 bytes; each attribute once.

#ifndef POSTERN_MTA_SMTP_CLIENT_ATTRIBUTES_H_
#define POSTERN_MTA_SMTP_CLIENT_ATTRIBUTES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::mta::smtp {

struct ClientAttributes {
  struct Value {
    // Checked and printable; empty: not available. An address is in the form
    // of net::IpAddress.
    std::string value;
    // It may be available later: [TEMPUNAVAIL].
    bool is_temporary = false;

    friend bool operator==(const Value&, const Value&) = default;
  };

  // Each is unset when nothing is said of it.
  std::optional<Value> name;
  std::optional<Value> reverse_name;  // XCLIENT.
  std::optional<Value> address;
  std::optional<Value> port;
  std::optional<Value> protocol;  // "SMTP" or "ESMTP".
  std::optional<Value> helo;
  std::optional<Value> login;             // XCLIENT: who has authenticated.
  std::optional<Value> destination;       // XCLIENT: our address …
  std::optional<Value> destination_port;  // … and port.
  std::optional<Value> identity;          // XFORWARD: the queue id there.
  std::optional<Value> source;            // XFORWARD: "LOCAL" or "REMOTE".

  friend bool operator==(const ClientAttributes&,
                         const ClientAttributes&) = default;
};

// Reads what follows the verb: at least one attribute.
absl::StatusOr<ClientAttributes> ParseXclient(absl::string_view text);
absl::StatusOr<ClientAttributes> ParseXforward(absl::string_view text);

// Takes over what `news` says; the rest of `known` stays.
void Update(const ClientAttributes& news, ClientAttributes& known);

}  // namespace postern::mta::smtp

#endif  // POSTERN_MTA_SMTP_CLIENT_ATTRIBUTES_H_
