// A file with a key for transaction signatures, as tsig-keygen(8) writes it and
// nsupdate -k reads it:
//
//   key "postern" {
//     algorithm hmac-sha256;
//     secret "bWFueSBieXRlcyB0aGF0IG5vYm9keSBrbm93cw==";
//   };
//
// '//', '#' and '/* */' are comments.
//
// Source:  named.conf(5), the clause "key".
// Errors:  InvalidArgument: "line N: what is wrong".
// Threads: pure.

#ifndef POSTERN_LIB_DNS_TSIG_KEY_FILE_H_
#define POSTERN_LIB_DNS_TSIG_KEY_FILE_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/dns/tsig.h"

namespace postern::dns {

absl::StatusOr<TsigKey> ParseTsigKeyFile(absl::string_view text);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_TSIG_KEY_FILE_H_
