// The keys that the configuration of a program names.
//
//   ASSIGN_OR_RETURN(const std::vector<KeyPlace> keys,
//                    KeysOfOpendkim("/etc/opendkim.conf"));
//
// Of opendkim.conf(5) Domain, Selector, KeyFile and KeyTable count, of dkimd's
// configuration signing.domains, key_table and key_directory. Keys for the
// domain '%' are for whoever sends, and left out.
//
// Errors:  InvalidArgument, NotFound and what reading a file says; the text
//          starts with the file.
// Threads: blocks.

#ifndef POSTERN_CTL_CONFIGURED_KEYS_H_
#define POSTERN_CTL_CONFIGURED_KEYS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dkim/data_set.h"
#include "lib/dkim/key_source.h"

namespace postern::ctl {

// Where a key is, and whose it is.
struct KeyPlace {
  std::string where;  // "file:line" or the file: for messages.
  size_t line = 0;    // Of a key table, from 1.
  std::string name;   // What the signing table calls it.
  std::string domain;
  std::string selector;
  dkim::KeySource key;  // Empty: only what the DNS has counts.
};

// The lines of a key table.
absl::StatusOr<std::vector<KeyPlace>> KeysOfTable(const dkim::DataSet& set);

absl::StatusOr<std::vector<KeyPlace>> KeysOfOpendkim(const std::string& path);
absl::StatusOr<std::vector<KeyPlace>> KeysOfDkimd(const std::string& path);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_CONFIGURED_KEYS_H_
