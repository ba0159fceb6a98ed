// Which TLS versions are spoken, written as in Postfix.
//
//   ASSIGN_OR_RETURN(TlsVersions versions, TlsVersions::Parse(">=TLSv1.2"));
//
// Source:  postconf(5), smtpd_tls_protocols: bounds (">=TLSv1.2",
//          "<=TLSv1.2"), exclusions ("!TLSv1.1") and plain names, divided by
//          blanks, commas or colons. Other than there, nothing below TLS 1.2
//          exists (MTA-21): it may be excluded, but not asked for.
// Errors:  InvalidArgument: an unknown name, one that is not offered, or
//          nothing is left.
// Threads: a value.

#ifndef POSTERN_LIB_NET_TLS_VERSIONS_H_
#define POSTERN_LIB_NET_TLS_VERSIONS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::net {

struct TlsVersions {
  bool tls12 = true;
  bool tls13 = true;

  // An empty text is all that there is.
  static absl::StatusOr<TlsVersions> Parse(absl::string_view text);

  friend bool operator==(const TlsVersions&, const TlsVersions&) = default;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_VERSIONS_H_
