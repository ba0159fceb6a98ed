// The record of a DKIM key as a line of a zone file.
//
//   out << ZoneText(key, {.selector = "mail", .domain = "example.org"});
//
// Source:  opendkim-genkey(8): the same bytes for the same key and options, but
//          that it says k=ed25519 for such a key.
// Threads: pure.

#ifndef POSTERN_CTL_KEY_RECORD_TEXT_H_
#define POSTERN_CTL_KEY_RECORD_TEXT_H_

#include <string>
#include <vector>

#include "lib/dkim/crypto.h"

namespace postern::ctl {

struct KeyRecordOptions {
  std::string selector;
  std::string domain;
  std::string note = "";
  std::string hashes = "sha256";
  bool appends_domain = false;    // The name is a full one.
  bool is_for_mail_only = false;  // s=email
  bool is_strict = false;         // t=s: not for sub-domains.
  bool is_testing = false;        // t=y
};

// Returns the strings that the record is made of.
std::vector<std::string> RecordStrings(const dkim::PrivateKey& key,
                                       const KeyRecordOptions& options);

std::string ZoneText(const dkim::PrivateKey& key,
                     const KeyRecordOptions& options);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_KEY_RECORD_TEXT_H_
