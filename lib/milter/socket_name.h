// Where a filter listens, as operators of sendmail, opendkim and Postfix write
// it.
//
// Source:  smfi_setconn(3), opendkim.conf(5) "Socket": "inet:port@host",
//          "inet:port", "inet6:port@host", "local:path", "unix:path", "path";
//          besides all that net::Endpoint understands, which is Postfix's form.
// Errors:  InvalidArgument with the text. "localhost" is the one name that a
//          socket can be opened at; others are none of the filter's machine.
// Threads: pure.

#ifndef POSTERN_LIB_MILTER_SOCKET_NAME_H_
#define POSTERN_LIB_MILTER_SOCKET_NAME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/endpoint.h"

namespace postern::milter {

absl::StatusOr<net::Endpoint> ParseSocketName(absl::string_view text);

// Returns the form that smfi_setconn() wants.
std::string LibmilterSocketName(const net::Endpoint& endpoint);

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_SOCKET_NAME_H_
