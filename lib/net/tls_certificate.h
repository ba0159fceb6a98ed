// Certificates and keys from PEM files. For lib/net alone.
//
// The files of a list are read as one: each private key belongs to the
// certificates beside it, the first of which is the server's own and the
// others its chain. The key stands first (as in Postfix's
// smtpd_tls_chain_files) or last.
//
// Errors:  InvalidArgument, or what reading the file returned; the text starts
//          with the file. A key with a passphrase is refused: nobody is there
//          to ask.
// Threads: blocks.
// Limits:  a file of 1 MiB.

#ifndef POSTERN_LIB_NET_TLS_CERTIFICATE_H_
#define POSTERN_LIB_NET_TLS_CERTIFICATE_H_

#include <openssl/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace postern::net {

// Gives `context` all that is in `files`; returns when the first of the
// certificates ends.
absl::StatusOr<absl::Time> UseCertificates(
    SSL_CTX* context, const std::vector<std::string>& files);

// Takes the latest error of OpenSSL in this thread, in words.
std::string TakeOpensslError();

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_CERTIFICATE_H_
