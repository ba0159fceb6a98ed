// Asks HTTPS servers for a text or hands one to them: what mail needs of the
// web (policies, reports), and no more.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<https::Client> client,
//                    https::Client::Create(resolver, options));
//   CO_ASSIGN_OR_RETURN(https::Response response,
//                       co_await client->Get(uri, max_bytes, deadline));
//   if (response.status != 200) …
//
// The URIs are strangers': they come from DNS. So nobody but public addresses
// is asked, whatever the name says or DNS says a moment later (Options has the
// exceptions); the certificate must be valid for the name; nothing is followed,
// sent or kept that was not asked for: no redirects, cookies, logins, proxies
// or settings of the environment.
//
// Source:  RFC 9110, RFC 9112 (HTTP/1.1 is spoken), RFC 8461 section 3.3.
// Errors:  an answer of any status is a value. InvalidArgument: no https URI.
//          NotFound: the host has no address. PermissionDenied: its address is
//          not public. Unauthenticated: the certificate is not trusted or not
//          for the name. ResourceExhausted: the answer is too long.
//          DeadlineExceeded. Unavailable: no connection, TLS or HTTP fails, too
//          much to do. The text begins with the host.
// Threads: from any reactor. The client must outlive the tasks.
// Limits:  TLS 1.2 and later; header fields of 64 KiB; else as the Options and
//          the caller have them.

#ifndef POSTERN_LIB_HTTPS_CLIENT_H_
#define POSTERN_LIB_HTTPS_CLIENT_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "lib/dns/resolver.h"
#include "lib/https/exchange.h"
#include "lib/https/options.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::https {

class Transfers;

class Client {
 public:
  // `resolver` must outlive it. NotFound or InvalidArgument: the authorities'
  // file cannot be read.
  static absl::StatusOr<std::unique_ptr<Client>> Create(dns::Resolver& resolver,
                                                        Options options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  // Requests under way end as Unavailable.
  ~Client();

  // Returns what is at `uri`, if that is no longer than `max_bytes`.
  net::Task<absl::StatusOr<Response>> Get(std::string uri, size_t max_bytes,
                                          net::Deadline deadline);

  // Hands `body` to `uri` and returns what the server says to that; what it
  // says beyond `kMaxPostAnswerBytes` is an error.
  net::Task<absl::StatusOr<Response>> Post(std::string uri,
                                           std::string content_type,
                                           std::string body,
                                           net::Deadline deadline);
  static constexpr size_t kMaxPostAnswerBytes = 64 * 1024;

 private:
  Client(dns::Resolver& resolver, Options options);

  net::Task<absl::StatusOr<Response>> Ask(std::string uri, Request request);

  dns::Resolver& resolver_;
  const std::unique_ptr<Transfers> transfers_;
};

}  // namespace postern::https

#endif  // POSTERN_LIB_HTTPS_CLIENT_H_
