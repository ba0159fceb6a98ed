// Transaction signatures: a message of the DNS and its answer are of whom we
// share a secret with, and are as they were sent.
//
//   ASSIGN_OR_RETURN(const TsigKey key, ParseTsigKeyFile(text));
//   const std::string mac = key.Sign(now, message);
//   …
//   RETURN_IF_ERROR(key.CheckAnswer(mac, answer, bytes, now));
//
// Source:  RFC 8945, with hmac-sha256 and hmac-sha512 in full length.
// Errors:  CheckAnswer(): PermissionDenied: not signed, or not by this key, or
//          the server does not believe us (BADKEY, BADSIG, BADTIME).
// Threads: values; pure.

#ifndef POSTERN_LIB_DNS_TSIG_H_
#define POSTERN_LIB_DNS_TSIG_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/dns/message.h"
#include "lib/net/keyed_digest.h"

namespace postern::dns {

struct TsigKey {
  std::string name;
  net::KeyedDigest::Hash hash = net::KeyedDigest::Hash::kSha256;
  std::string secret;  // The bytes.

  // Adds the signature to a message, and returns the digest in it.
  std::string Sign(absl::Time now, std::string& message) const;

  // Checks the signature of the answer to what had the digest `mac`; `bytes`
  // are what `answer` was parsed from.
  absl::Status CheckAnswer(absl::string_view mac, const Message& answer,
                           absl::string_view bytes, absl::Time now) const;
};

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_TSIG_H_
