// posternctl dkim keygen, dns and testkey: keys made, shown and compared with
// the DNS.
//
// Source:  opendkim-genkey(8), opendkim-testkey(8).
// Threads: main.cc only.

#ifndef POSTERN_CTL_DKIM_KEYS_H_
#define POSTERN_CTL_DKIM_KEYS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ctl/arguments.h"
#include "ctl/key_list.h"
#include "ctl/verb.h"
#include "lib/dkim/crypto.h"
#include "lib/dkim/key_finder.h"

namespace postern::ctl {

std::vector<Verb> DkimKeyVerbs();

// Makes a key of --type and -b.
absl::StatusOr<dkim::PrivateKey> NewKey(const Arguments& arguments);

// Writes a file that its owner alone may read; AlreadyExists if it is there.
absl::Status WriteNewFile(const std::string& path, const std::string& text);

// Returns what is wrong with what the DNS has of a key; "" if it is good.
std::string Fault(const NamedKey& key, const dkim::FoundKeys& found);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_DKIM_KEYS_H_
